import { statSync } from 'node:fs';
import { globLocalFiles } from '../../../shared/api/tools/glob-local-files.ts';
import { type BytePath, shown } from '../../files/byte-path.ts';
import { statEntry } from '../../files/entries.ts';
import { asCaller } from '../../files/errno.ts';
import { compileGlob } from '../../files/glob.ts';
import { inSlices, runInSlices, type Steps } from '../../files/slices.ts';
import { readingErrors } from '../files/errors.ts';
import { implemented } from '../implemented.ts';
import { Survey } from './survey.ts';
import { isUsual, type Walked, walk } from './walk.ts';

/** Files of one answer. */
const mostFiles = 1000;
/** More are not compared with each other. */
const mostFound = 100_000;

/** Files whose path fits a pattern, the last changed first. */
export const glob = implemented(globLocalFiles, readingErrors, async (parameters, { who, at, signal }) => {
  const { directory = '.', pattern, limit = mostFiles } = parameters;
  const start = at(directory, 'directory');
  asCaller(who, start, () => statSync(start.absolute));
  const { base, glob, wantsDirectories } = await partsOf(pattern);
  const root = base === '' ? start : at(/^[/~$]/.test(base) ? base : `${start.absolute}/${base}`, 'pattern');
  const survey = new Survey();
  const found: Walked[] = [];
  const isThere = asCaller(who, root, () => statSync(root.absolute, { throwIfNoEntry: false }))?.isDirectory();
  if (isThere) {
    const matching = await compileGlob(glob);
    const named = (name: BytePath) => pattern.includes(name);
    const includes = (entry: Walked) => isUsual(entry) || named(entry.name);
    // A pattern without ** reaches as deep as it has slashes.
    const depth = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length;
    for await (const slice of inSlices(who, walk(root, { survey, includes, depth }), signal)) {
      const kind = slice.filter(({ isDirectory }) => isDirectory === wantsDirectories);
      for (const entry of matching(kind, ({ relative }) => shown(relative))) found.push(entry);
      if (found.length > mostFound) {
        survey.cut();
        break;
      }
    }
  }
  const dated = await runInSlices(who, withTimes(found), signal);
  dated.sort((a, b) => b.time - a.time || (a.path < b.path ? -1 : 1));
  const files = dated.slice(0, Math.min(limit, mostFiles)).map(({ path }) => shown(path));
  const cut = files.length < dated.length;
  return {
    files,
    totalCount: dated.length,
    ...survey.told(
      cut ? `The ${files.length} files that were changed last, of ${dated.length}: narrow the pattern.` : undefined,
    ),
  };
});

/** The directories that a pattern begins with, and the rest of it. A path without any special character is a pattern too. */
async function partsOf(pattern: string): Promise<{ base: string; glob: string; wantsDirectories: boolean }> {
  const { default: picomatch } = await import('picomatch');
  const wantsDirectories = /[^/]\/$/.test(pattern);
  const plain = wantsDirectories ? pattern.slice(0, -1) : pattern;
  const { base, glob } = picomatch.scan(plain);
  if (glob !== '') return { base, glob, wantsDirectories };
  const slash = base.lastIndexOf('/');
  return { base: base.slice(0, slash + 1), glob: base.slice(slash + 1), wantsDirectories };
}

function* withTimes(found: Walked[]): Steps<{ path: BytePath; time: number }> {
  for (const { path } of found) {
    const stats = statEntry(path);
    yield stats && { path, time: stats.mtimeMs };
  }
}
