import type { Database, Statement } from 'better-sqlite3';

/** Statements that hold what they were asked for in their text, as lists of states do, are few; this many are never reached by them. */
const most = 500;

/**
 * Has a database keep what it has prepared, by its text: SQLite takes longer to read a statement than to carry it out. A statement is one
 * object for all who ask for it, so whoever wants `pluck()` of one text has to want it always; and none is left half read by `iterate()`.
 */
export function rememberStatements(database: Database): void {
  const prepare = database.prepare.bind(database) as (text: string) => Statement;
  const kept = new Map<string, Statement>();
  database.prepare = ((text: string) => {
    const known = kept.get(text);
    if (known) return known;
    const statement = prepare(text);
    if (kept.size >= most) kept.clear();
    kept.set(text, statement);
    return statement;
  }) as Database['prepare'];
}
