import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { bytesOf } from '../../files/byte-path.ts';
import { isPassable } from '../../files/errno.ts';
import type { Steps } from '../../files/slices.ts';
import type { Survey } from './survey.ts';
import type { Walked } from './walk.ts';

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;

/** An open file that a walk has found. */
export interface OpenedFile {
  entry: Walked;
  descriptor: number;
  size: number;
}

/**
 * Opens regular files, one after the other, and has `use` work with each; it is closed afterwards. `use` runs with the agent's own
 * rights: bytes move through open descriptors. Others are passed over, and noted where the user may not read them.
 */
export function* eachFile(entries: Iterable<Walked>, survey: Survey, use: (file: OpenedFile) => Promise<void>): Steps {
  for (const entry of entries) {
    if (entry.isDirectory || survey.isOver) continue;
    let descriptor: number;
    try {
      descriptor = openSync(bytesOf(entry.path), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    } catch (error) {
      // A link, or a socket; gone by now; not for the user to read.
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES') survey.skip(entry.path);
      if (!isPassable(error) && code !== 'ENXIO' && code !== 'ENODEV') throw error;
      continue;
    }
    try {
      const stats = fstatSync(descriptor);
      if (stats.isFile()) yield use({ entry, descriptor, size: stats.size });
    } finally {
      closeSync(descriptor);
    }
    yield;
  }
}
