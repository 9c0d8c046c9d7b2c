import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { bytesOf, type Format, fileSource, formatOf, formats } from '../../users/sources/files.ts';
import { postgresSource } from '../../users/sources/postgres.ts';
import type { UserSource } from '../../users/sources/source.ts';
import { isIssuer } from '../../workspaces/key.ts';
import type { Edge } from '../edge.ts';
import { UsageError } from '../usage-error.ts';

/** Flags that say where users are read from. */
export const sourceOptions = {
  issuer: { type: 'string' },
  format: { type: 'string' },
  column: { type: 'string' },
  'issuer-column': { type: 'string' },
  query: { type: 'string' },
  postgres: { type: 'string' },
  'postgres-file': { type: 'string' },
} as const;

/** What help says of them. */
export const sourceHelp = [
  'Users are read from FILE, from standard input (-), or from the rows of a query:',
  '--format lines|csv|jsonl    what FILE has; without it, what its name says, and else one user a line',
  '--column NAME       the column or field with the ids: "id" unless given, for a query the first',
  '--issuer NAME       the application that the ids are of; without it each id is a whole key, issuer:subject',
  '--issuer-column NAME    the column or field with each user’s issuer',
  '--query SQL         as "select id from users", in a transaction that can only read',
  '--postgres-file FILE    a file with the URL of the database; without it, the variable DATABASE_URL or PGHOST, PGUSER … says',
  '--postgres URL      the same on the command line, where everybody on this machine can read it: without a password',
];

export type SourceValues = Partial<Record<keyof typeof sourceOptions, string>>;

/** Where users are read from, and when the list was made; undefined: it is being made now. */
export interface Source {
  source: UserSource;
  issuer: string | undefined;
  madeAt: Date | undefined;
}

/** Reads the flags. @throws UsageError */
export function sourceOf(values: SourceValues, files: readonly string[], { surroundings, terminal }: Edge): Source {
  const { issuer, query, column, 'issuer-column': issuerColumn } = values;
  if (issuer !== undefined && !isIssuer(issuer)) {
    throw new UsageError('--issuer: expected 1 to 63 lower-case letters, digits and hyphens');
  }
  if (issuer !== undefined && issuerColumn !== undefined)
    throw new UsageError('--issuer and --issuer-column: expected one of the two');
  if (files.length + (query === undefined ? 0 : 1) !== 1)
    throw new UsageError('expected one FILE, or - for standard input, or --query: where users are read from');
  if (query !== undefined) {
    if (values.format !== undefined) throw new UsageError('--format is for files, and --query for PostgreSQL');
    const fields = { ...(column !== undefined && { id: column }), issuer: issuerColumn };
    return { source: postgresSource({ url: urlOf(values, surroundings), query, fields }), issuer, madeAt: undefined };
  }
  if (values.postgres !== undefined || values['postgres-file'] !== undefined)
    throw new UsageError('--query: expected the query whose rows are the users');
  const [file] = files as [string];
  const path = resolve(surroundings.cwd, file);
  const format = values.format ?? formatOf(file);
  if (!isFormat(format)) throw new UsageError(`--format: expected ${formats.join(', ')}`);
  const named = { format, fields: { id: column ?? 'id', issuer: issuerColumn } };
  if (file === '-')
    return {
      source: fileSource({ name: 'standard input', open: () => terminal.input(), ...named }),
      issuer,
      madeAt: undefined,
    };
  return { source: fileSource({ name: file, open: () => bytesOf(path), ...named }), issuer, madeAt: writtenAt(path) };
}

/** Undefined where it can't be said: who reads the file is told why. */
function writtenAt(path: string): Date | undefined {
  try {
    return statSync(path).mtime;
  } catch {
    return undefined;
  }
}

function isFormat(text: string): text is Format {
  return (formats as readonly string[]).includes(text);
}

function urlOf(values: SourceValues, { env, cwd }: Edge['surroundings']): string | undefined {
  const { postgres: given, 'postgres-file': file } = values;
  if (given !== undefined && file !== undefined)
    throw new UsageError('--postgres and --postgres-file: expected one of the two');
  if (given !== undefined) {
    // In what libpq takes, it may stand before the host, or among the parameters.
    if (/^[^/]*\/\/[^/?]*:[^/?]*@/.test(given) || /[?&]password=/i.test(given)) {
      throw new UsageError(
        '--postgres: expected a URL without a password, since everybody on this machine can read a command line; --postgres-file, DATABASE_URL, PGPASSWORD and ~/.pgpass are there for it',
      );
    }
    return given;
  }
  if (file === undefined) return env.DATABASE_URL || undefined;
  try {
    return readFileSync(resolve(cwd, file), 'utf8').trim();
  } catch (error) {
    throw new UsageError(
      `--postgres-file: expected a file that can be read, found ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}
