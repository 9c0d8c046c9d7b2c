import { ApiError } from '../../shared/api/errors.ts';
import type { Storage } from '../storage/open.ts';
import { type NewEvent, SandboxEvents } from './events.ts';
import { type Columns, columns, fromColumns, type SandboxRow, toColumns } from './row.ts';
import type { State } from './states.ts';

export type { SandboxRow };

export interface ListFilter {
  /** Any of these; empty: all. */
  states: State[];
  /** All of these. */
  metadata: Record<string, string>;
}

/** The table of sandboxes. Every call is synchronous and complete when it returns. */
export class SandboxStore {
  readonly #storage: Storage;
  /** Made once: every request into a sandbox asks for its row. */
  readonly #byId: ReturnType<Storage['prepare']>;
  #onTransition: (id: string) => void = () => {};
  /** Identity that every container of this database carries. */
  readonly storeId: string;
  /** What happened to each. A change of state is written down by itself, with the change. */
  readonly events: SandboxEvents;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#byId = storage.prepare('select * from sandboxes where id = ?');
    this.events = new SandboxEvents(storage);
    this.storeId = storage.prepare('select id from store').pluck().get() as string;
  }

  /** Calls back when the state of one has changed. */
  onTransition(listener: (id: string) => void): void {
    this.#onTransition = listener;
  }

  /** `note`: what else there is to be told of it, beside its state. `also`: what is written together with it, or not at all. */
  insert(row: SandboxRow, note?: NewEvent, also?: () => void): void {
    const values = toColumns(row);
    const places = columns.map((column) => `@${column}`).join(', ');
    this.#storage.transaction(() => {
      this.#storage.prepare(`insert into sandboxes (${columns.join(', ')}) values (${places})`).run(values);
      this.#recordState(row.id, row);
      if (note) this.events.record(row.id, note);
      also?.();
    })();
  }

  get(id: string): SandboxRow | undefined {
    const found = this.#byId.get(id);
    return found ? fromColumns(found as Columns) : undefined;
  }

  /** @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
  mustGet(id: string): SandboxRow {
    const row = this.get(id);
    if (row) return row;
    throw new ApiError('DOCKER::SANDBOX_NOT_FOUND', `There is no sandbox ${id.slice(0, 100)}.`, { field: 'sandboxId' });
  }

  /** Ids of every sandbox in one of `states`, newest first. */
  ids(states: readonly State[]): string[] {
    const places = states.map(() => '?').join(', ');
    return this.#storage
      .prepare(`select id from sandboxes where state in (${places}) order by created_at desc, id`)
      .pluck()
      .all(states) as string[];
  }

  /** A page, newest first, and how many there are in all. */
  list(filter: ListFilter, page: number, pageSize: number): { rows: SandboxRow[]; total: number } {
    const conditions = ['1'];
    const values: (string | number)[] = [];
    if (filter.states.length > 0) {
      conditions.push(`state in (${filter.states.map(() => '?').join(', ')})`);
      values.push(...filter.states);
    }
    for (const [key, value] of Object.entries(filter.metadata)) {
      conditions.push('exists (select 1 from json_each(metadata) where key = ? and json_each.value = ?)');
      values.push(key, value);
    }
    const where = conditions.join(' and ');
    const total = this.#storage.prepare(`select count(*) from sandboxes where ${where}`).pluck().get(values) as number;
    const rows = this.#storage
      .prepare(`select * from sandboxes where ${where} order by created_at desc, id limit ? offset ?`)
      .all([...values, pageSize, (page - 1) * pageSize]);
    return { rows: rows.map((row) => fromColumns(row as Columns)), total };
  }

  /** Changes some fields of a row that is in one of `states`, and writes down what happened; false when there was none. */
  update(id: string, states: readonly State[], change: Partial<SandboxRow>, note?: NewEvent): boolean {
    const values = toColumns(change);
    const sets = Object.keys(values).map((column) => `${column} = @${column}`);
    const named = Object.fromEntries(states.map((state, index) => [`state_${index}`, state]));
    const places = states.map((_, index) => `@state_${index}`).join(', ');
    const isChanged = this.#storage.transaction(() => {
      const { changes } = this.#storage
        .prepare(`update sandboxes set ${sets.join(', ')} where id = @row_id and state in (${places})`)
        .run({ ...values, ...named, row_id: id });
      if (changes === 1) this.#recordState(id, change);
      if (changes === 1 && note) this.events.record(id, note);
      return changes === 1;
    })();
    if (isChanged && change.state !== undefined) this.#onTransition(id);
    return isChanged;
  }

  /** Does work whose writes may be lost with the machine's power, as what the engine then tells differently anyway; a kill takes none. */
  lightly<T>(work: () => T): T {
    this.#storage.pragma('synchronous = NORMAL');
    try {
      return work();
    } finally {
      this.#storage.pragma('synchronous = FULL');
    }
  }

  #recordState(id: string, { state, reason, message = '', transitionAt }: Partial<SandboxRow>): void {
    if (state === undefined) return;
    const at = transitionAt ?? Date.now();
    this.events.record(id, {
      at,
      scope: 'lifecycle',
      kind: state,
      message: reason ? `${reason}: ${message}` : message,
    });
  }

  remove(id: string): void {
    this.#storage.prepare('delete from sandboxes where id = ?').run(id);
  }

  /** When something is due next, undefined: never. */
  nextDue(): number | undefined {
    const due = this.#storage.prepare('select min(due_at) from sandboxes where due_at is not null').pluck().get();
    return (due as number | null) ?? undefined;
  }

  due(now: number): SandboxRow[] {
    const rows = this.#storage.prepare('select * from sandboxes where due_at <= ? order by due_at limit 100').all(now);
    return rows.map((row) => fromColumns(row as Columns));
  }

  /** Ids of the sandboxes in one of `states` that were made from a snapshot. */
  madeFrom(snapshotId: string, states: readonly State[]): string[] {
    const places = states.map(() => '?').join(', ');
    return this.#storage
      .prepare(`select id from sandboxes where snapshot_id = ? and state in (${places})`)
      .pluck()
      .all([snapshotId, ...states]) as string[];
  }

  count(states: readonly State[]): number {
    const places = states.map(() => '?').join(', ');
    return this.#storage
      .prepare(`select count(*) from sandboxes where state in (${places})`)
      .pluck()
      .get(states) as number;
  }

  /** Of those that have not ended. */
  countByTier(): Record<string, number> {
    const rows = this.#storage
      .prepare("select tier, count(*) as n from sandboxes where state not in ('Terminated', 'Failed') group by tier")
      .all() as { tier: string; n: number }[];
    return { running: 0, frozen: 0, stopped: 0, ...Object.fromEntries(rows.map(({ tier, n }) => [tier, n])) };
  }

  /** Of those that have not ended: how many were claimed from each pool. */
  countByPool(): Record<string, number> {
    const rows = this.#storage
      .prepare(
        "select pool, count(*) as n from sandboxes where pool is not null and state not in ('Terminated', 'Failed') group by pool",
      )
      .all() as { pool: string; n: number }[];
    return Object.fromEntries(rows.map(({ pool, n }) => [pool, n]));
  }

  countByState(): Record<string, number> {
    const rows = this.#storage.prepare('select state, count(*) as n from sandboxes group by state').all();
    return Object.fromEntries((rows as { state: string; n: number }[]).map(({ state, n }) => [state, n]));
  }
}
