import type { Stats } from 'node:fs';
import type { z } from 'zod';
import { searchLocalFiles } from '../../../shared/api/tools/search-local-files.ts';
import { shown } from '../../files/byte-path.ts';
import { statEntry } from '../../files/entries.ts';
import { timestamp } from '../../files/info.ts';
import { inSlices, runInSlices, type Steps } from '../../files/slices.ts';
import { readingErrors } from '../files/errors.ts';
import { implemented } from '../implemented.ts';
import { contentHas } from './content-has.ts';
import { eachFile } from './read-files.ts';
import { Survey } from './survey.ts';
import { isUsual, type Walked, walk } from './walk.ts';
import { wantedOf } from './wanted.ts';

type Parameters = z.infer<typeof searchLocalFiles.parameters>;

interface Found {
  entry: Walked;
  stats: Stats;
}

/** Results of one answer. */
const mostResults = 1000;
const usualResults = 100;
/** More are not compared with each other. */
const mostFound = 100_000;

const orders: Record<NonNullable<Parameters['sortBy']>, (a: Found, b: Found) => number> = {
  name: (a, b) => (a.entry.name < b.entry.name ? -1 : 1),
  date: (a, b) => a.stats.mtimeMs - b.stats.mtimeMs,
  size: (a, b) => a.stats.size - b.stats.size,
};

/** Files and directories by name, kind, time and content. */
export const search = implemented(searchLocalFiles, readingErrors, async (parameters, { who, at, signal }) => {
  const { limit = usualResults, sortBy, sortDirection, contentContains } = parameters;
  const root = at(parameters.directory, 'directory');
  const survey = new Survey();
  const wanted = await wantedOf(parameters);
  const found: Found[] = [];
  const steps = walk(root, { survey, includes: (entry) => isUsual(entry) && !wanted.isExcluded(entry) });
  for await (const slice of inSlices(who, steps, signal)) {
    const named = slice.filter(wanted.byName);
    let stated = await runInSlices(who, withStats(named, wanted.byStats), signal);
    if (contentContains !== undefined) {
      const having = new Set<Walked>();
      const files = stated.filter(({ stats }) => stats.isFile()).map(({ entry }) => entry);
      const look = eachFile(files, survey, async (file) => {
        if (await contentHas(file, contentContains, signal)) having.add(file.entry);
      });
      await runInSlices(who, look, signal);
      stated = stated.filter(({ entry }) => having.has(entry));
    }
    found.push(...stated);
    if (found.length > mostFound) {
      survey.cut();
      break;
    }
  }
  if (sortBy) found.sort(orders[sortBy]);
  if ((sortDirection ?? (sortBy === 'date' || sortBy === 'size' ? 'desc' : 'asc')) === 'desc') found.reverse();
  const results = found.slice(0, Math.min(limit, mostResults)).map(described);
  const cut = results.length < found.length;
  return {
    results,
    totalCount: found.length,
    ...survey.told(
      cut ? `The first ${results.length} of ${found.length}: narrow the search, or raise limit.` : undefined,
    ),
  };
});

function* withStats(entries: Walked[], fits: (stats: Stats) => boolean): Steps<Found> {
  for (const entry of entries) {
    const stats = statEntry(entry.path);
    yield stats && fits(stats) ? { entry, stats } : undefined;
  }
}

function described({ entry, stats }: Found): z.input<typeof searchLocalFiles.result>['results'][number] {
  return {
    path: shown(entry.path),
    name: shown(entry.name),
    size: stats.size,
    isDirectory: stats.isDirectory(),
    modifiedAt: timestamp(stats.mtimeMs),
    createdAt: timestamp(stats.birthtimeMs),
  };
}
