import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { ImageFacts, Runtime } from '../runtimes/runtime.ts';
import type { SnapshotImage } from '../runtimes/snapshots.ts';

/** What a sandbox is made from. */
export interface Origin {
  /** Name of the image, for the runtime. */
  uri: string;
  image: ImageFacts;
  /** Environment that was the snapshot's; a request's own lies over it. */
  env: Record<string, string>;
  /** Without one in the request or the image. */
  entrypoint: string[];
}

/** Finds what a snapshot has. @throws ApiError `SNAPSHOT::NOT_FOUND`, `SNAPSHOT::NOT_READY`, `SNAPSHOT::INVALID_RESTORE_CONFIG` */
export type FindSnapshot = (
  snapshotId: string,
) => Promise<{ reference: string; image: ImageFacts; env: Origin['env'] }>;

/** What runs where nobody says what should: OpenSandbox's own default for snapshots. */
const idle = ['tail', '-f', '/dev/null'];

/** Finds the image or the snapshot that a request names. @throws ApiError `SANDBOX::INVALID_PARAMETER`, or why it can't be had */
export async function originOf(
  { image: asked, snapshotId }: CreateSandboxRequest,
  { runtime, snapshot }: { runtime: Runtime; snapshot: FindSnapshot },
): Promise<Origin> {
  if (asked && snapshotId) throw invalid('snapshotId', 'either an image or a snapshot, not both');
  if (snapshotId) {
    const { reference: uri, image, env } = await snapshot(snapshotId);
    return { uri, image, env, entrypoint: idle };
  }
  if (!asked) throw invalid('image', 'an image, or a snapshotId');
  const image = await runtime.image(asked.uri, asked.auth ? { auth: asked.auth } : {});
  return { uri: asked.uri, image, env: {}, entrypoint: [...image.entrypoint, ...image.cmd] };
}

/** The image of a template with its packages. */
export function ofPrebuilt({ reference: uri, image }: SnapshotImage): Origin {
  return { uri, image, env: {}, entrypoint: [...image.entrypoint, ...image.cmd] };
}

function invalid(field: string, expected: string): ApiError {
  return new ApiError('SANDBOX::INVALID_PARAMETER', `${field}: expected ${expected}`, { field, expected });
}
