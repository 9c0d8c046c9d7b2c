import { ApiError } from '../../shared/api/errors.ts';
import { ask, inWorkspace, type ToolOptions, type ToolRequest } from './call.ts';

/** What `readLocalFile` calls an image has no more bytes. */
const mostBytes = 5 * 1024 * 1024;

/** An image itself, for those who can show one. */
export interface Image {
  bytes: Buffer;
  /** As `image/png`. */
  mimeType: string;
}

/**
 * The image that a result of `readLocalFile` is about, where its `isImage` is true.
 * @throws ApiError `FILE_NOT_FOUND` where it can't be read any more, and as `callTool`
 */
export function readImage(
  options: ToolOptions,
  { key, signal }: Pick<ToolRequest, 'key' | 'signal'>,
  { path, mimeType }: { path: string; mimeType: string },
): Promise<Image> {
  return inWorkspace(options, { key }, async (sandbox) => {
    const call = {
      method: 'GET',
      path: `/files/download?path=${encodeURIComponent(path)}`,
      mostBytes,
      signal,
    } as const;
    const { status, body } = await ask(options, sandbox, call);
    if (status !== 200) throw new ApiError('FILE_NOT_FOUND', `${path}: the image can’t be read any more.`);
    return { bytes: body, mimeType };
  });
}
