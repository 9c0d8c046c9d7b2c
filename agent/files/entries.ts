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

/** All entries by name, read a step at a time. What can't be read is told to `failed`, which throws unless what was read is enough. */
export function* sortedEntries(
  directory: BytePath,
  failed: (error: unknown) => void,
): Generator<undefined, Entry[], undefined> {
  const entries: Entry[] = [];
  try {
    for (const entry of readEntries(directory)) {
      entries.push(entry);
      yield;
    }
  } catch (error) {
    failed(error);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
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
