import { lstatSync } from 'node:fs';
import type { FileInfo } from '../../shared/api/files.ts';
import { readNames } from '../users/passwd.ts';
import { type BytePath, joined, shown, toBytePath } from './byte-path.ts';
import { type Entry, sortedEntries, statEntry } from './entries.ts';
import { fileError, invalidFile, isPassable, naming } from './errno.ts';
import { describe } from './info.ts';
import type { RequestPath } from './path.ts';
import type { Steps } from './slices.ts';

interface Level {
  directory: BytePath;
  entries: Entry[];
  next: number;
}

/**
 * What is below a directory, to `depth` levels: names in byte order, each directory before what it holds. Links are listed, never
 * followed; a directory that can't be entered is listed without what is in it.
 * @throws ApiError FILE_NOT_FOUND, PERMISSION_DENIED; INVALID_FILE for a link or a file.
 */
export function* listDirectory(path: RequestPath, depth: number): Steps<FileInfo> {
  const stats = naming(path, () => lstatSync(path.absolute));
  if (!stats.isDirectory()) throw invalidFile(path, 'this is not a directory');
  if (depth === 0) return;
  const names = readNames();
  const levels: Level[] = [];
  yield* enter(toBytePath(path.absolute), levels, path);
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const entry = level.entries[level.next++];
    if (!entry) {
      levels.pop();
      continue;
    }
    const child = joined(level.directory, entry.name);
    const found = statEntry(child);
    yield found && describe(shown(child), found, names);
    if (entry.directory && levels.length < depth) yield* enter(child, levels, path);
  }
}

function* enter(directory: BytePath, levels: Level[], path: RequestPath): Steps {
  const entries = yield* sortedEntries(directory, (error) => {
    if (levels.length === 0 || !isPassable(error)) throw fileError(error, path);
  });
  levels.push({ directory, entries, next: 0 });
}
