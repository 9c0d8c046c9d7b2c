import type { Client as PostgresClient, QueryArrayResult } from 'pg';
import type Cursor from 'pg-cursor';
import { UsersError } from '../problem.ts';
import type { Entry, Fields, UserSource } from './source.ts';

/** So many rows are asked for at a time. */
const rowsAtOnce = 1000;
const connectMs = 15_000;

export interface PostgresSource {
  /** With whatever opens the database; undefined: what PGHOST, PGUSER and their like say. */
  url: string | undefined;
  query: string;
  /** Without an `id`: the first column. */
  fields: Partial<Fields>;
}

/** Values as PostgreSQL writes them, so that no id goes through a number. */
const types = { getTypeParser: () => (text: string) => text };

/**
 * The rows of a query, a thousand at a time, from one moment: they are read in a transaction that can change nothing and sees nothing
 * of what others change meanwhile.
 */
export function postgresSource({ url, query, fields }: PostgresSource): UserSource {
  return {
    name: 'the query',
    async *entries(signal) {
      // Nothing else of Cubby has a use for them.
      const [{ Client }, { default: Rows }] = await Promise.all([import('pg'), import('pg-cursor')]);
      const client = clientOf(url, Client);
      let lost: Error | undefined;
      client.on('error', (error) => {
        lost = error;
      });
      const end = () => void client.end().catch(() => {});
      signal.addEventListener('abort', end);
      try {
        signal.throwIfAborted();
        await client.connect();
        await client.query('begin transaction isolation level repeatable read, read only');
        const cursor = client.query(new Rows(query, [], { rowMode: 'array', types }));
        let number = 1;
        for (let columns: Columns | undefined; ; ) {
          const { rows, names } = await read(cursor);
          columns ??= columnsIn(names, fields);
          if (rows.length === 0) break;
          const { id, issuer } = columns;
          yield rows.map(
            (row): Entry => ({
              place: `row ${number++}`,
              id: row[id],
              ...(issuer !== undefined && { issuer: row[issuer] }),
            }),
          );
        }
        await client.query('commit');
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UsersError) throw error;
        throw new UsersError(`PostgreSQL: ${wordsOf(lost ?? (error as Error))}`, { cause: error });
      } finally {
        signal.removeEventListener('abort', end);
        await client.end().catch(() => {});
      }
    },
  };
}

/** What PostgreSQL's own client says of a wrong URL has the whole of it in it, with its password. */
function clientOf(url: string | undefined, Client: typeof PostgresClient): PostgresClient {
  const settings = { application_name: 'cubby workspaces', connectionTimeoutMillis: connectMs };
  try {
    // It takes whatever has no scheme for the path of a socket, and says that, too.
    if (url !== undefined && !/^(?:postgres|postgresql|socket):/.test(url))
      throw new TypeError('no scheme of PostgreSQL’s');
    return new Client({ ...settings, ...(url !== undefined && { connectionString: url }) });
  } catch {
    throw new UsersError('PostgreSQL: expected a URL as postgres://user@host:5432/database, found something else');
  }
}

interface Columns {
  id: number;
  issuer: number | undefined;
}

function columnsIn(names: string[], { id, issuer }: Partial<Fields>): Columns {
  const indexOf = (name: string) => {
    const index = names.indexOf(name);
    if (index >= 0) return index;
    throw new UsersError(`the query has no column ${JSON.stringify(name)}; it has ${names.join(', ')}`);
  };
  if (names.length === 0) throw new UsersError('the query has no columns; expected one with the ids of users');
  return { id: id === undefined ? 0 : indexOf(id), issuer: issuer === undefined ? undefined : indexOf(issuer) };
}

/** The next rows, and the names of the columns while there are any. */
async function read(cursor: Cursor<unknown[]>): Promise<{ rows: unknown[][]; names: string[] }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ rows: unknown[][]; names: string[] }>();
  cursor.read(rowsAtOnce, (error: Error | undefined, rows: unknown[][], result?: QueryArrayResult) => {
    if (error) reject(error);
    else resolve({ rows, names: result?.fields.map(({ name }) => name) ?? [] });
  });
  return promise;
}

/** What went wrong. What several addresses of one name say comes without a text of its own. */
function wordsOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => (each as Error).message).join('; ');
  return error.message;
}
