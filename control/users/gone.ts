import Database from 'better-sqlite3';
import type { Workspace } from '../../shared/api/workspaces.ts';

/** A workspace whose user is gone. */
export interface GoneWorkspace {
  key: string;
  createdAt: string;
  state: string;
  /** When that last changed; undefined where it has no sandbox. */
  since: string | undefined;
}

/** Workspaces of users that are gone, kept as the roll is, so that a million of them take no memory. */
export class Gone {
  readonly #database = new Database('');
  readonly #insert: Database.Statement;

  constructor() {
    this.#database.pragma('journal_mode = OFF');
    this.#database.pragma('synchronous = OFF');
    this.#database.exec('create table gone (number integer primary key, json text not null) strict');
    this.#insert = this.#database.prepare('insert into gone (json) values (?)');
  }

  add({ key, createdAt, state, sandbox }: Workspace): void {
    const one: GoneWorkspace = { key, createdAt, state, since: sandbox?.status.lastTransitionAt };
    this.#insert.run(JSON.stringify(one));
  }

  get count(): number {
    return this.#database.prepare('select count(*) from gone').pluck().get() as number;
  }

  /** All, in the order in which they were added. */
  *all(): Generator<GoneWorkspace> {
    const page = this.#database.prepare('select number, json from gone where number > ? order by number limit 500');
    for (let last = 0; ; ) {
      const rows = page.all(last) as { number: number; json: string }[];
      if (rows.length === 0) return;
      for (const { json } of rows) yield JSON.parse(json) as GoneWorkspace;
      last = rows.at(-1)!.number;
    }
  }

  close(): void {
    this.#database.close();
  }
}
