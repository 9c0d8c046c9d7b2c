import { chmod, type FileHandle, readdir } from 'node:fs/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { EngineVolume } from '../runtimes/runtime.ts';
import { BlockedPath, descend, openDirectory } from './descend.ts';
import { brief, namesOf } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';

/** What the engine makes the directory of a volume as: only root can write to it. */
const madeAs = 0o755;
/** Sandboxes act as many users, and nobody else gets near. */
const forAll = { mode: 0o777 };

/**
 * Opens the directory of a volume of the engine's, or one below it, which is made where it is missing. The caller closes it.
 * @throws ApiError `VOLUME::PVC_INSPECT_FAILED`, `VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER`, `VOLUME::INVALID_SUB_PATH`
 */
export async function openClaimed(volume: EngineVolume, subPath: string, index: number): Promise<FileHandle> {
  const field = fieldOf(index, 'subPath');
  if (!volume.plain) {
    const expected = 'a volume of the engine’s own driver without options, since only that is a directory of the host';
    throw refusal('VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER', field, { expected, found: brief(volume.name) });
  }
  const names = namesOf(subPath) ?? [];
  const directory = await openVolume(volume, index);
  try {
    return await descend(directory, names, { make: forAll });
  } catch (error) {
    if (!(error instanceof BlockedPath)) throw error;
    const what = error.obstacle === 'failed' ? error.message : `a ${error.obstacle}`;
    const found = `${what} at ${brief(names.slice(0, error.depth + 1).join('/'))}`;
    const expected = 'a directory in the volume, reached without symbolic links';
    throw refusal('VOLUME::INVALID_SUB_PATH', field, { expected, found, cause: error });
  } finally {
    await directory.close();
  }
}

/** Lets every user write to a volume that is as the engine made it. @throws ApiError `VOLUME::PVC_INSPECT_FAILED` */
export async function openToAll(volume: EngineVolume, index: number): Promise<void> {
  const directory = await openVolume(volume, index);
  try {
    if (((await directory.stat()).mode & 0o7777) !== madeAs) return;
    const path = `/proc/self/fd/${directory.fd}`;
    if ((await readdir(path)).length === 0) await chmod(path, forAll.mode);
  } finally {
    await directory.close();
  }
}

async function openVolume({ directory }: EngineVolume, index: number): Promise<FileHandle> {
  try {
    return await openDirectory(directory);
  } catch (cause) {
    const field = fieldOf(index, 'pvc.claimName');
    const message = `${field}: the volume is at ${directory}, which can’t be opened here: ${(cause as Error).message}`;
    throw new ApiError('VOLUME::PVC_INSPECT_FAILED', message, { field, cause });
  }
}
