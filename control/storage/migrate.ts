import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';

const folder = join(import.meta.dirname, 'migrations');

/** Applies, each in a transaction, the numbered migrations that the database has not seen; its user_version counts them. */
export function migrate(database: Database.Database): void {
  const files = readdirSync(folder)
    .filter((name) => /^\d{3}-.*\.sql$/.test(name))
    .sort();
  const applied = database.pragma('user_version', { simple: true }) as number;
  if (applied > files.length) {
    throw new Error(`it is of version ${applied}, made by a newer Cubby; this one knows ${files.length}`);
  }
  for (const [index, name] of files.entries()) {
    if (index < applied) continue;
    const script = readFileSync(join(folder, name), 'utf8');
    database
      .transaction(() => {
        database.exec(script);
        database.pragma(`user_version = ${index + 1}`);
      })
      .exclusive();
  }
}
