import { lstatSync, type Stats } from 'node:fs';
import type { FileInfo } from '../../shared/api/files.ts';
import { readNames } from '../users/passwd.ts';
import { naming } from './errno.ts';
import type { RequestPath } from './path.ts';
import type { Steps } from './slices.ts';

export type Names = ReturnType<typeof readNames>;

/** What is known of each path, with the path as it was asked for. @throws ApiError FILE_NOT_FOUND if one is missing. */
export function* readInfo(paths: RequestPath[]): Steps<[text: string, info: FileInfo]> {
  const names = readNames();
  for (const path of paths) {
    const stats = naming(path, () => lstatSync(path.absolute));
    yield [path.text, describe(path.absolute, stats, names)];
  }
}

/** Puts the kernel's answer into the API's shape. */
export function describe(path: string, stats: Stats, names: Names): FileInfo {
  return {
    path,
    type: kindOf(stats),
    size: stats.size,
    modified_at: timestamp(stats.mtimeMs),
    created_at: timestamp(stats.ctimeMs),
    owner: names.user(stats.uid),
    group: names.group(stats.gid),
    mode: Number((stats.mode & 0o7777).toString(8)),
  };
}

/** What kind of thing it is. */
export function kindOf(stats: Stats): FileInfo['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59Z');

/** A file can carry any 64-bit time; RFC 3339 and Python's datetime end at four digits of year. */
export function timestamp(milliseconds: number): string {
  return new Date(Math.min(Math.max(milliseconds, earliest), latest)).toISOString();
}
