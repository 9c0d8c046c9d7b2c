import type { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { exportFile } from '../../shared/api/tools/export-file.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import type { Transfers } from '../transfers/transfers.ts';

/** What a call says of a file that is to be sent to a store. */
export type Upload = z.output<typeof exportFile.parameters> & { uploadUrl: string };

/** The upload that a call wants, which is done here; undefined: it wants none. `parameters`: checked ones. */
export function uploadOf({ name }: Pick<Tool, 'name'>, parameters: object): Upload | undefined {
  return name === exportFile.name && 'uploadUrl' in parameters ? (parameters as Upload) : undefined;
}

/** Sends a file to a store. @throws ApiError as `Transfers.exportFile` */
export async function uploadFile(
  transfers: Transfers,
  sandbox: SandboxRow,
  { path, cwd, uploadUrl: url, uploadHeaders: headers }: Upload,
  signal: AbortSignal,
): Promise<z.input<typeof exportFile.result>> {
  const fields = { url: 'uploadUrl', headers: 'uploadHeaders' };
  const {
    filename,
    path: absolute,
    size,
    mimeType,
  } = await transfers.exportFile(sandbox, { path, cwd, url, headers, fields }, signal);
  return { success: true, filename, path: absolute, size, mimeType, uploaded: true };
}

/** Whether a failure is the tool's answer: that nobody answers in the sandbox is told as an error everywhere. */
export function isAnswer(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code !== 'AGENT_UNREACHABLE';
}
