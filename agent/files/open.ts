import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import type { Caller } from '../users/passwd.ts';
import { asCaller, invalidFile } from './errno.ts';
import type { RequestPath } from './path.ts';

/** A regular file, open for reading. */
export interface OpenFile {
  /** For whoever asked for the file to close. */
  descriptor: number;
  /** Bytes, when it was opened. */
  size: number;
}

/**
 * Opens a regular file with the rights of `caller`. It asks before it opens, since opening a FIFO or a device can do something, and
 * asks again afterwards, since the name may lead elsewhere by then; opening never blocks.
 * @throws ApiError FILE_NOT_FOUND, PERMISSION_DENIED; INVALID_FILE for a directory, FIFO, socket or device.
 */
export function openFile(caller: Caller, path: RequestPath): OpenFile {
  return asCaller(caller, path, () => {
    requireRegular(path, statSync(path.absolute));
    const descriptor = openSync(path.absolute, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stats = fstatSync(descriptor);
      requireRegular(path, stats);
      return { descriptor, size: stats.size };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  });
}

/** @throws ApiError INVALID_FILE that says what it is instead. */
export function requireRegular(path: RequestPath, stats: Stats): void {
  if (stats.isDirectory()) throw invalidFile(path, 'this is a directory');
  if (!stats.isFile()) throw invalidFile(path, 'this is not a regular file');
}
