import type { Storage } from '../storage/open.ts';
import type { SnapshotState, Status } from './states.ts';

/** One snapshot as the database has it. Times are ms since the epoch. */
export interface SnapshotRow extends Status {
  id: string;
  sandboxId: string;
  name: string | undefined;
  transitionAt: number;
  createdAt: number;
  /** Environment that sandboxes made from it begin with. */
  env: Record<string, string>;
}

/** All of these; what is undefined or empty doesn't matter. */
export interface SnapshotFilter {
  sandboxId?: string | undefined;
  name?: string | undefined;
  states: readonly SnapshotState[];
}

type Columns = Record<string, string | number | null>;

/** The table of snapshots. Every call is synchronous and complete when it returns. */
export class SnapshotStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  insert(row: SnapshotRow): void {
    this.#storage
      .prepare(
        `insert into snapshots (id, sandbox_id, name, state, reason, message, transition_at, created_at, env)
         values (@id, @sandboxId, @name, @state, @reason, @message, @transitionAt, @createdAt, @env)`,
      )
      .run({ ...row, name: row.name ?? null, env: JSON.stringify(row.env) });
  }

  get(id: string): SnapshotRow | undefined {
    const found = this.#storage.prepare('select * from snapshots where id = ?').get(id);
    return found ? fromColumns(found as Columns) : undefined;
  }

  /** Every one in one of `states`, oldest first. */
  all(states: readonly SnapshotState[]): SnapshotRow[] {
    const places = states.map(() => '?').join(', ');
    const rows = this.#storage
      .prepare(`select * from snapshots where state in (${places}) order by created_at, id`)
      .all(states);
    return rows.map((row) => fromColumns(row as Columns));
  }

  /** A page, newest first, and how many there are in all. */
  list(filter: SnapshotFilter, page: number, pageSize: number): { rows: SnapshotRow[]; total: number } {
    const conditions = ['1'];
    const values: string[] = [];
    const narrow = (condition: string, ...more: string[]) => {
      conditions.push(condition);
      values.push(...more);
    };
    if (filter.sandboxId !== undefined) narrow('sandbox_id = ?', filter.sandboxId);
    if (filter.name !== undefined) narrow('name = ?', filter.name);
    if (filter.states.length > 0) narrow(`state in (${filter.states.map(() => '?').join(', ')})`, ...filter.states);
    const where = conditions.join(' and ');
    const total = this.#storage.prepare(`select count(*) from snapshots where ${where}`).pluck().get(values) as number;
    const rows = this.#storage
      .prepare(`select * from snapshots where ${where} order by created_at desc, id limit ? offset ?`)
      .all([...values, pageSize, (page - 1) * pageSize]);
    return { rows: rows.map((row) => fromColumns(row as Columns)), total };
  }

  /** Changes the status of one that is in one of `from`; false when it wasn't. */
  move(id: string, from: readonly SnapshotState[], to: Status, now: number): boolean {
    const places = from.map(() => '?').join(', ');
    const { changes } = this.#storage
      .prepare(
        `update snapshots set state = ?, reason = ?, message = ?, transition_at = ? where id = ? and state in (${places})`,
      )
      .run([to.state, to.reason, to.message, now, id, ...from]);
    return changes === 1;
  }

  setEnv(id: string, env: Record<string, string>): void {
    this.#storage.prepare('update snapshots set env = ? where id = ?').run(JSON.stringify(env), id);
  }

  remove(id: string): void {
    this.#storage.prepare('delete from snapshots where id = ?').run(id);
  }

  count(): number {
    return this.#storage.prepare('select count(*) from snapshots').pluck().get() as number;
  }

  countByState(): Record<string, number> {
    const rows = this.#storage.prepare('select state, count(*) as n from snapshots group by state').all();
    return Object.fromEntries((rows as { state: string; n: number }[]).map(({ state, n }) => [state, n]));
  }
}

function fromColumns(found: Columns): SnapshotRow {
  return {
    id: found.id as string,
    sandboxId: found.sandbox_id as string,
    name: (found.name as string | null) ?? undefined,
    state: found.state as SnapshotState,
    reason: found.reason as Status['reason'],
    message: found.message as string,
    transitionAt: found.transition_at as number,
    createdAt: found.created_at as number,
    env: JSON.parse(found.env as string) as Record<string, string>,
  };
}
