import { closeSync, lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type BytePath, bytesOf, joined, shown, toBytePath } from './byte-path.ts';
import { openDirectory, pathOf } from './directory.ts';
import { readEntries } from './entries.ts';
import { fileError } from './errno.ts';
import type { RequestPath } from './path.ts';
import type { Steps } from './slices.ts';
import { temporaryName } from './temporary.ts';

/** Levels that are open at a time; what lies deeper is moved up first. */
const openLevels = 64;

/** Names that are read before they are removed. */
const batchSize = 1000;

interface Removal {
  path: RequestPath;
  /** The open directory that is being removed, once it is known to be one. */
  top?: number;
  failures: number;
  firstFailure?: unknown;
}

/**
 * `rm -rf`: removes a directory and all that is in it, or a file, or a link itself; what is missing is fine. What can be removed
 * is removed, whatever else fails. It walks by descriptors, so that no swapped link leads it elsewhere, and takes any depth.
 * @throws ApiError for the first thing that could not be removed.
 */
export function* removeTree(path: RequestPath): Steps {
  const removal: Removal = { path, failures: 0 };
  const above = toBytePath(dirname(path.absolute));
  let parent: number;
  try {
    parent = openDirectory(above, true);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileError(error, path);
  }
  try {
    yield* remove(removal, parent, above, toBytePath(basename(path.absolute)), 0);
  } finally {
    closeSync(parent);
  }
  if (removal.failures > 0) throw removal.firstFailure;
}

/** Removes `name` from the open directory `parent`, which people know as `parentPath`. */
function* remove(removal: Removal, parent: number, parentPath: BytePath, name: BytePath, level: number): Steps {
  const place = bytesOf(joined(pathOf(parent), name));
  const path = joined(parentPath, name);
  try {
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (!stats) return;
    if (!stats.isDirectory()) return unlinkSync(place);
    if (removal.top !== undefined && level > openLevels) {
      return renameSync(place, bytesOf(joined(pathOf(removal.top), temporaryName())));
    }
    const directory = openDirectory(joined(pathOf(parent), name));
    try {
      removal.top ??= directory;
      yield* empty(removal, directory, path, level);
    } finally {
      closeSync(directory);
    }
    rmdirSync(place);
  } catch (error) {
    removal.failures += 1;
    removal.firstFailure ??= fileError(error, { ...removal.path, text: shown(path) });
  }
}

function* empty(removal: Removal, directory: number, path: BytePath, level: number): Steps {
  for (;;) {
    const names = readEntries(pathOf(directory))
      .take(batchSize)
      .map((entry) => entry.name)
      .toArray();
    const failuresBefore = removal.failures;
    for (const name of names) {
      yield* remove(removal, directory, path, name, level + 1);
      yield;
    }
    // Nothing is left, or nothing that can be removed.
    if (removal.failures - failuresBefore === names.length) return;
  }
}
