import { readlinkSync, type Stats, statSync } from 'node:fs';
import type { z } from 'zod';
import { listLocalFiles } from '../../../shared/api/tools/list-local-files.ts';
import { type BytePath, bytesOf, joined, shown, toBytePath } from '../../files/byte-path.ts';
import { readEntries, statEntry } from '../../files/entries.ts';
import { fileError, invalidFile, naming } from '../../files/errno.ts';
import { kindOf, timestamp } from '../../files/info.ts';
import type { RequestPath } from '../../files/path.ts';
import { runInSlices, type Steps } from '../../files/slices.ts';
import { isTemporary } from '../../files/temporary.ts';
import { implemented } from '../implemented.ts';
import { readingErrors } from './errors.ts';

type Parameters = z.infer<typeof listLocalFiles.parameters>;
type Listed = z.input<typeof listLocalFiles.result>['files'][number];

/** One entry, with what it may be sorted by. */
interface Found {
  name: BytePath;
  stats: Stats;
  isDirectory: boolean;
}

/** Entries of one answer. */
const pageSize = 1000;
/** Entries that are looked at: no model reads more, and they are held in memory. */
const mostEntries = 50_000;

const orders: Record<NonNullable<Parameters['sortBy']>, (a: Found, b: Found) => number> = {
  name: (a, b) => Number(b.isDirectory) - Number(a.isDirectory) || (a.name < b.name ? -1 : 1),
  size: (a, b) => a.stats.size - b.stats.size,
  modifiedTime: (a, b) => a.stats.mtimeMs - b.stats.mtimeMs,
  createdTime: (a, b) => a.stats.birthtimeMs - b.stats.birthtimeMs,
};

/** A page of a directory's entries, in order. */
export const list = implemented(listLocalFiles, readingErrors, async (parameters, { who, at, signal }) => {
  const path = at(parameters.directoryPath, 'directoryPath');
  const { sortBy = 'name', offset = 0 } = parameters;
  const found = await runInSlices(who, entriesOf(path), signal);
  const isLarge = found.length > mostEntries;
  if (isLarge) found.length = mostEntries;
  found.sort(orders[sortBy]);
  if ((parameters.sortOrder ?? (sortBy === 'name' ? 'asc' : 'desc')) === 'desc') found.reverse();
  const page = found.slice(offset, offset + Math.min(parameters.limit ?? pageSize, pageSize));
  const files = await runInSlices(who, described(path, page), signal);
  const next = offset + page.length;
  return {
    files,
    totalCount: found.length,
    path: path.absolute,
    ...(next < found.length && {
      notice: `Entries ${offset + 1} to ${next} of ${found.length}: go on with offset ${next}.`,
    }),
    ...(isLarge && {
      notice: `The directory has more than ${mostEntries} entries, and only some of them are counted: use searchLocalFiles.`,
    }),
  };
});

function* entriesOf(path: RequestPath): Steps<Found> {
  if (!naming(path, () => statSync(path.absolute)).isDirectory()) throw invalidFile(path, 'this is not a directory');
  const directory = toBytePath(path.absolute);
  let count = 0;
  try {
    for (const { name } of readEntries(directory)) {
      if (isTemporary(name)) continue;
      const stats = statEntry(joined(directory, name));
      yield stats && { name, stats, isDirectory: leadsToDirectory(joined(directory, name), stats) };
      count += 1;
      if (count > mostEntries) return;
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

function* described({ absolute }: RequestPath, page: Found[]): Steps<Listed> {
  for (const { name, stats, isDirectory } of page) {
    const path = joined(toBytePath(absolute), name);
    yield {
      name: shown(name),
      path: shown(path),
      isDirectory,
      size: stats.size,
      modifiedAt: timestamp(stats.mtimeMs),
      type: kindOf(stats),
      ...(stats.isSymbolicLink() && { target: targetOf(path) }),
    };
  }
}

function leadsToDirectory(path: BytePath, stats: Stats): boolean {
  if (!stats.isSymbolicLink()) return stats.isDirectory();
  try {
    return statSync(bytesOf(path)).isDirectory();
  } catch {
    return false;
  }
}

function targetOf(path: BytePath): string | undefined {
  try {
    return readlinkSync(bytesOf(path), 'buffer').toString();
  } catch {
    // It is gone by now.
    return undefined;
  }
}
