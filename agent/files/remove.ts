import { lstatSync, realpathSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';
import { naming } from './errno.ts';
import type { RequestPath } from './path.ts';
import { removeTree } from './remove-tree.ts';
import type { Steps } from './slices.ts';

/** Removes files and links; a missing one is fine. @throws ApiError INVALID_FILE for a directory; those before it are gone. */
export function* removeFiles(paths: RequestPath[]): Steps {
  for (const path of paths) {
    ignoreMissing(() => naming(path, () => unlinkSync(path.absolute)));
    yield;
  }
}

/** Removes directories with all that is in them. `own` is the agent's directory: neither it nor the root is removed. */
export function* removeDirectories(paths: RequestPath[], own: string): Steps {
  for (const path of paths) {
    ignoreMissing(() => naming(path, () => refuseVital(path, own)));
    yield* removeTree(path);
  }
}

function refuseVital(path: RequestPath, own: string): void {
  const real = join(realpathSync.native(dirname(path.absolute)), basename(path.absolute));
  const stats = lstatSync(path.absolute, { throwIfNoEntry: false });
  const root = lstatSync('/');
  const isRoot = stats?.ino === root.ino && stats.dev === root.dev;
  if (!isRoot && real !== own && !real.startsWith(`${own}/`)) return;
  throw new ApiError('PERMISSION_DENIED', `${path.text.slice(0, 200)}: the sandbox can't do without this.`, {
    field: path.field,
  });
}

function ignoreMissing(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'FILE_NOT_FOUND')) throw error;
  }
}
