import type { Look } from './check.ts';

/** The lines of a file of secrets, without empty ones and comments, or what is wrong with it. */
export function secretLines(path: string, read: Look['read']): readonly string[] | string {
  const bytes = read(path);
  if (typeof bytes === 'string') return `expected a file that can be read, found ${bytes} for ${path}`;
  return new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));
}
