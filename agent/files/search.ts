import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FileInfo } from '../../shared/api/files.ts';
import { type Caller, readNames } from '../users/passwd.ts';
import { type BytePath, joined, shown, toBytePath } from './byte-path.ts';
import { readEntries, statEntry } from './entries.ts';
import { fileError, isPassable, naming } from './errno.ts';
import { compileGlob } from './glob.ts';
import { describe, type Names } from './info.ts';
import type { RequestPath } from './path.ts';
import { inSlices, type Steps } from './slices.ts';

interface Found {
  directory: BytePath;
  name: BytePath;
}

/**
 * Everything but directories below `root` whose base name matches, in no particular order, as it is found: there is no limit,
 * and neither the agent's memory nor its event loop is held by a large tree. Links are found, never followed; what can't be
 * entered is passed over. @throws ApiError FILE_NOT_FOUND or PERMISSION_DENIED for `root`, INVALID_PARAMETER for the pattern.
 */
export async function* search(caller: Caller, root: RequestPath, pattern: string): AsyncGenerator<FileInfo[], void> {
  const matching = await compileGlob(pattern);
  const names = readNames();
  for await (const files of inSlices(caller, filesBelow(root))) {
    const found = matching(files, (file) => shown(file.name));
    yield* inSlices(caller, described(found, names));
  }
}

function* filesBelow(root: RequestPath): Steps<Found> {
  const top = toBytePath(root.absolute);
  const stats = naming(root, () => lstatSync(root.absolute));
  if (!stats.isDirectory()) {
    yield { directory: toBytePath(dirname(root.absolute)), name: toBytePath(basename(root.absolute)) };
    return;
  }
  const waiting = [top];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    try {
      for (const entry of readEntries(directory)) {
        if (entry.directory) waiting.push(joined(directory, entry.name));
        yield entry.directory ? undefined : { directory, name: entry.name };
      }
    } catch (error) {
      if (directory === top || !isPassable(error)) throw fileError(error, root);
    }
    yield;
  }
}

function* described(files: Found[], names: Names): Steps<FileInfo> {
  for (const { directory, name } of files) {
    const path = joined(directory, name);
    const stats = statEntry(path);
    yield stats && describe(shown(path), stats, names);
  }
}
