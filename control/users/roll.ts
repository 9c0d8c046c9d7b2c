import Database from 'better-sqlite3';
import type { WorkspaceKey } from '../workspaces/key.ts';

/** What is known of the workspace of a user: not looked yet, there, or could not be had. */
const marks = { unknown: 0, there: 1, failed: 2 } as const;
export type Mark = keyof typeof marks;

/**
 * All users of a list, each once, in the order of their keys' bytes. They are kept in a file that has no name and is gone with the
 * process, so that a million of them take no memory, and the database that they come from is let go before anything else is done.
 */
export class Roll {
  readonly #database = new Database('');
  readonly #insert: Database.Statement;
  readonly #find: Database.Statement;
  readonly #update: Database.Statement;

  constructor() {
    this.#database.pragma('journal_mode = OFF');
    this.#database.pragma('synchronous = OFF');
    this.#database.exec(
      `create table users (issuer text not null, subject text not null, mark integer not null default 0,
         primary key (issuer, subject)) strict, without rowid`,
    );
    this.#insert = this.#database.prepare('insert or ignore into users (issuer, subject) values (?, ?)');
    this.#find = this.#database.prepare('select 1 from users where issuer = ? and subject = ?');
    this.#update = this.#database.prepare('update users set mark = ? where issuer = ? and subject = ?');
  }

  /** Writes users down; gives how many were not there before. */
  add(keys: readonly WorkspaceKey[]): number {
    return this.#database.transaction(() =>
      keys.reduce((added, { issuer, subject }) => added + this.#insert.run(issuer, subject).changes, 0),
    )();
  }

  has({ issuer, subject }: WorkspaceKey): boolean {
    return this.#find.get(issuer, subject) !== undefined;
  }

  /** Says what is known of the workspaces of some; gives how many of them are on the roll. */
  mark(keys: readonly WorkspaceKey[], mark: Mark): number {
    return this.#database.transaction(() =>
      keys.reduce((marked, { issuer, subject }) => marked + this.#update.run(marks[mark], issuer, subject).changes, 0),
    )();
  }

  /** How many there are of each issuer. */
  counts(): Map<string, number> {
    const rows = this.#database.prepare('select issuer, count(*) as n from users group by issuer').all();
    return new Map((rows as { issuer: string; n: number }[]).map(({ issuer, n }) => [issuer, n]));
  }

  /** Those that nothing is known of, behind a key, in order. */
  unknownAfter({ issuer, subject }: WorkspaceKey, limit: number): WorkspaceKey[] {
    return this.#database
      .prepare(
        `select issuer, subject from users where mark = 0 and (issuer, subject) > (?, ?) order by issuer, subject limit ?`,
      )
      .all(issuer, subject, limit) as WorkspaceKey[];
  }

  close(): void {
    this.#database.close();
  }
}
