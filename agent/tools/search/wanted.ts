import type { Stats } from 'node:fs';
import { extname } from 'node:path';
import type { z } from 'zod';
import type { searchLocalFiles } from '../../../shared/api/tools/search-local-files.ts';
import { shown } from '../../files/byte-path.ts';
import { compileGlob } from '../../files/glob.ts';
import { extensionsOf } from './file-kinds.ts';
import type { Walked } from './walk.ts';

type Parameters = z.infer<typeof searchLocalFiles.parameters>;

/** What is searched for, as questions to ask of what a walk finds. */
export interface Wanted {
  /** By a pattern, with all that is in it. */
  isExcluded(entry: Walked): boolean;
  byName(entry: Walked): boolean;
  byStats(stats: Stats): boolean;
}

/** @throws ApiError INVALID_PARAMETER for a pattern that is none */
export async function wantedOf(parameters: Parameters): Promise<Wanted> {
  const keywords = [parameters.keyword ?? '', ...(parameters.keywords ?? [])].filter(Boolean).map(lower);
  const types = [parameters.fileType ?? '', ...(parameters.fileTypes ?? [])].filter(Boolean).map(lower);
  const fitsType = types.map(typeTest);
  const excludes = await Promise.all((parameters.exclude ?? []).filter(Boolean).map(exclusion));
  const since = (moment: string | undefined) => (moment === undefined ? Number.NEGATIVE_INFINITY : Date.parse(moment));
  const until = (moment: string | undefined) => (moment === undefined ? Number.POSITIVE_INFINITY : Date.parse(moment));
  return {
    isExcluded: (entry) => excludes.some((matches) => matches(entry)),
    byName: (entry) => {
      const name = lower(shown(entry.name));
      const isNamed = keywords.length === 0 || keywords.some((keyword) => name.includes(keyword));
      return isNamed && (fitsType.length === 0 || fitsType.some((fits) => fits(name, entry)));
    },
    byStats: ({ mtimeMs, birthtimeMs }) =>
      mtimeMs >= since(parameters.modifiedAfter) &&
      mtimeMs <= until(parameters.modifiedBefore) &&
      birthtimeMs >= since(parameters.createdAfter) &&
      birthtimeMs <= until(parameters.createdBefore),
  };
}

function lower(text: string): string {
  return text.toLowerCase();
}

function typeTest(type: string): (name: string, entry: Walked) => boolean {
  if (type === 'file') return (_, { isDirectory }) => !isDirectory;
  if (type === 'directory' || type === 'folder') return (_, { isDirectory }) => isDirectory;
  const bare = type.replace(/^\*?\./, '');
  // What starts with a dot is an extension, whatever else it is called.
  const extensions = (bare === type ? extensionsOf(bare) : undefined) ?? [];
  const all = new Set([bare, ...extensions]);
  return (name, { isDirectory }) => !isDirectory && (all.has(extname(name).slice(1)) || name.endsWith(`.${bare}`));
}

/** A pattern without a slash is one of names, any other one of paths from where the search began. */
async function exclusion(pattern: string, index: number): Promise<(entry: Walked) => boolean> {
  const plain = pattern.replace(/^\.?\//, '').replace(/\/(\*\*)?$/, '');
  const matching = await compileGlob(plain, { field: `exclude.${index}` });
  const ofPath = plain.includes('/');
  return (entry) => matching([entry], ({ name, relative }) => shown(ofPath ? relative : name)).length > 0;
}
