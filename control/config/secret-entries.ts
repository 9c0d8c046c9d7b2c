import type { Look } from './check.ts';
import type { Problem } from './problem.ts';
import { entryOf } from './schema.ts';
import { secretLines } from './secret-lines.ts';
import type { Values } from './values.ts';

/** A setting that holds secrets, as it was read, and its twin that names a file with them. */
export interface SecretSetting<T> {
  name: string;
  entries: readonly T[];
  fileName: string;
  file: string | undefined;
  /** One of them, in words: "an issuer". */
  one: string;
}

/** What was found; further problems are added by `complain`, which says which settings they are about. */
export interface SecretEntries<T> {
  entries: readonly T[];
  problems: Problem[];
  complain(concerned: readonly string[], message: string): void;
}

/** Entries with secrets, whether they are in the configuration or in the file that it names. Never quotes one. */
export function readSecretEntries<T>(values: Values, look: Look, setting: SecretSetting<T>): SecretEntries<T> {
  const { name, fileName, file, one } = setting;
  let { entries } = setting;
  const problems: Problem[] = [];
  const complain = (concerned: readonly string[], message: string) => {
    const about = concerned.map((name) => ({ name, source: values.origins.get(entryOf(name))?.source ?? 'not set' }));
    problems.push({ about, message });
  };
  if (file !== undefined && !values.invalid.has(entryOf(fileName))) {
    if (entries.length > 0) complain([name, fileName], 'expected one of the two, found both');
    const lines = secretLines(file, look.read);
    const { kind } = entryOf(name).setting;
    const read = kind.schema.safeParse(lines);
    if (typeof lines === 'string') complain([fileName], lines);
    else if (lines.length === 0) complain([fileName], `expected ${one}, found none in ${file}`);
    else if (!read.success) complain([fileName], `expected ${kind.each?.expected}, one a line, in ${file}`);
    else entries = Object.freeze(read.data as T[]);
  }
  return { entries, problems, complain };
}
