import { lstatSync, opendirSync, type Stats } from 'node:fs';
import { type BytePath, bytesOf } from './byte-path.ts';
import { isPassable } from './errno.ts';

/** One name in a directory. */
export interface Entry {
  name: BytePath;
  /** Itself a directory; a link to one is not. */
  directory: boolean;
}

/** Entries of a directory in the order of the file system, without `.` and `..`. Holds it open while it is read. */
export function* readEntries(directory: BytePath): Generator<Entry, void, undefined> {
  // Node takes 'buffer' here, which its types leave out; names come as Buffers then.
  const handle = opendirSync(bytesOf(directory), { encoding: 'buffer' as BufferEncoding, bufferSize: 256 });
  try {
    for (let entry = handle.readSync(); entry; entry = handle.readSync()) {
      yield { name: (entry.name as unknown as Buffer).toString('latin1'), directory: entry.isDirectory() };
    }
  } finally {
    handle.closeSync();
  }
}

/** lstat of something that a walk has seen; undefined if it is gone. */
export function statEntry(path: BytePath): Stats | undefined {
  try {
    return lstatSync(bytesOf(path));
  } catch (error) {
    if (isPassable(error)) return undefined;
    throw error;
  }
}
