import { type FileHandle, statfs } from 'node:fs/promises';
import type { ApiError } from '../../shared/api/errors.ts';
import { BlockedPath, descend, openDirectory } from './descend.ts';
import type { KeptPlaces } from './kept-places.ts';
import { namesOf, pathOf } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';

/** A new directory belongs to the user that hardened sandboxes and most images act as. */
const making = { mode: 0o755, owner: 1000 };

/** File systems that are windows into the kernel (linux/magic.h): proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, devpts. */
const kernels = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x1cd1,
]);

/**
 * Opens a directory of the host, from the root down and without following a link, and makes what is missing below the
 * first `given` names. The caller closes it.
 * @throws ApiError `VOLUME::HOST_PATH_NOT_ALLOWED`, `VOLUME::HOST_PATH_NOT_FOUND`, `VOLUME::INVALID_HOST_PATH`,
 * `VOLUME::HOST_PATH_CREATE_FAILED`
 */
export async function openHostDirectory(
  path: string,
  { given, kept, index }: { given: number; kept: KeptPlaces; index: number },
): Promise<FileHandle> {
  const names = namesOf(path) ?? [];
  const root = await openDirectory('/');
  const open: FileHandle[] = [root];
  try {
    const notAllowed = (found: string) =>
      refusal('VOLUME::HOST_PATH_NOT_ALLOWED', fieldOf(index, 'host.path'), { expected: 'another directory', found });
    const onStep = (stats: Parameters<KeptPlaces['has']>[0]) => {
      if (kept.has(stats)) throw notAllowed('a place that sandboxes are kept out of');
    };
    const prefix = await descend(root, names.slice(0, given), { onStep });
    open.push(prefix);
    const directory = await descend(prefix, names.slice(given), { onStep, make: making });
    open.push(directory);
    if (kept.isBelow(await directory.stat({ bigint: true }))) {
      throw notAllowed('one with a place in it that sandboxes are kept out of');
    }
    const { type } = await statfs(`/proc/self/fd/${directory.fd}`);
    if (kernels.has(type)) throw notAllowed('a file system of the kernel’s');
    open.pop();
    return directory;
  } catch (error) {
    if (!(error instanceof BlockedPath)) throw error;
    throw explain(error, names, open.length === 1 ? 0 : given, index);
  } finally {
    for (const handle of open) await handle.close();
  }
}

function explain(error: BlockedPath, names: readonly string[], skipped: number, index: number): ApiError {
  const field = fieldOf(index, 'host.path');
  const at = pathOf(names.slice(0, skipped + error.depth + 1));
  switch (error.obstacle) {
    case 'link':
      return refusal('VOLUME::HOST_PATH_NOT_ALLOWED', field, {
        expected: 'a path without symbolic links below the allowed directory',
        found: `one at ${at}`,
      });
    case 'file':
      return refusal('VOLUME::INVALID_HOST_PATH', field, { expected: 'a directory', found: `something else at ${at}` });
    case 'absent':
      return refusal('VOLUME::HOST_PATH_NOT_FOUND', field, {
        expected: 'an allowed directory',
        found: `none at ${at}`,
      });
    case 'failed':
      return refusal('VOLUME::HOST_PATH_CREATE_FAILED', field, {
        expected: 'a directory that can be opened or made',
        found: error.message,
        cause: error,
      });
  }
}
