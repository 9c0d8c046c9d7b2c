import { statSync } from 'node:fs';
import { type BytePath, joined, toBytePath } from '../../files/byte-path.ts';
import { type Entry, sortedEntries } from '../../files/entries.ts';
import { fileError, invalidFile, isPassable, naming } from '../../files/errno.ts';
import type { RequestPath } from '../../files/path.ts';
import type { Steps } from '../../files/slices.ts';
import { isTemporary } from '../../files/temporary.ts';
import type { Survey } from './survey.ts';

/** Something below the directory where a walk began. */
export interface Walked {
  path: BytePath;
  /** From where the walk began. */
  relative: BytePath;
  name: BytePath;
  /** Itself one; a link to one is not. */
  isDirectory: boolean;
}

export interface WalkOptions {
  survey: Survey;
  /** Whether what is found counts; what doesn't is not entered either. */
  includes: (entry: Walked) => boolean;
  /** Levels below the beginning. */
  depth?: number;
}

interface Level {
  directory: BytePath;
  relative: BytePath;
  entries: Entry[];
  next: number;
}

/** Holds what others have made, and can be made again: nobody searches there who doesn't say so. */
const passedOver = new Set(['.git', 'node_modules']);
/** Not on a disk, and without an end. */
const systems = new Set(['/proc', '/sys', '/dev']);

/** Whether a walk that nobody has told otherwise looks at something. */
export function isUsual({ name, path }: Pick<Walked, 'name' | 'path'>): boolean {
  return !passedOver.has(name) && !systems.has(path);
}

/**
 * Everything below a directory: names in byte order, each directory before what it holds. Links are found, never followed. What can't
 * be entered is noted; it ends early when its time is up. @throws ApiError for the directory itself
 */
export function* walk(root: RequestPath, options: WalkOptions): Steps<Walked> {
  const { survey, includes, depth = Number.POSITIVE_INFINITY } = options;
  if (!naming(root, () => statSync(root.absolute)).isDirectory()) throw invalidFile(root, 'this is not a directory');
  const levels: Level[] = [];
  yield* enter(root, toBytePath(root.absolute), '', levels, survey);
  for (let level = levels.at(-1); level && !survey.isOver; level = levels.at(-1)) {
    const entry = level.entries[level.next++];
    if (!entry) {
      levels.pop();
      continue;
    }
    const { name, directory: isDirectory } = entry;
    const path = joined(level.directory, name);
    const relative = level.relative === '' ? name : joined(level.relative, name);
    const found = { path, relative, name, isDirectory };
    if (isTemporary(name) || !includes(found)) {
      yield;
      continue;
    }
    yield found;
    if (isDirectory && levels.length < depth) yield* enter(root, path, relative, levels, survey);
  }
}

function* enter(root: RequestPath, directory: BytePath, relative: BytePath, levels: Level[], survey: Survey): Steps {
  const entries = yield* sortedEntries(directory, (error) => {
    if (levels.length === 0 || !isPassable(error)) throw fileError(error, root);
    survey.skip(directory);
  });
  levels.push({ directory, relative, entries, next: 0 });
}
