import type { StreamEvent } from '../../shared/api/events.ts';
import type { KeptExecutionStatus } from '../../shared/api/kept-executions.ts';
import type { HandlerError, ProgramLanguage } from '../../shared/api/programs.ts';
import type { Storage } from '../storage/open.ts';
import { type Columns, fromColumns, toColumns } from './columns.ts';

/** How an execution ended. */
export interface Outcome {
  exitCode?: number | undefined;
  /** What the handler returned, as JSON. */
  result?: string | undefined;
  error?: HandlerError | undefined;
  durationMs?: number | undefined;
  initDurationMs?: number | undefined;
  maxMemoryBytes?: number | undefined;
  cpuMs?: number | undefined;
  /** Bytes put out in all, where that is more than is kept. */
  cut?: { stdout?: number | undefined; stderr?: number | undefined } | undefined;
}

/** An event with its number, which pieces of no account have none of. */
export interface KeptEvent {
  id?: number | undefined;
  event: StreamEvent;
}

/** One execution as the database has it. Times are ms since the epoch. */
export interface ExecutionRow {
  id: string;
  status: KeptExecutionStatus;
  workspace: string | undefined;
  sandboxId: string | undefined;
  ownsSandbox: 0 | 1;
  language: ProgramLanguage;
  handler: string | undefined;
  functionName: string | undefined;
  code: string;
  timeoutMs: number;
  createdAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  outcome: Outcome | undefined;
  events: KeptEvent[] | undefined;
}

/** One as lists have it: a page of programs with their output and values takes hundreds of megabytes. */
export type ListedRow = Omit<ExecutionRow, 'code' | 'events'>;

export interface ExecutionFilter {
  workspace?: string | undefined;
  sandboxId?: string | undefined;
  /** Any of these; empty: all. */
  statuses: readonly KeptExecutionStatus[];
}

const listedColumns = `id, status, workspace, sandbox_id, owns_sandbox, language, handler, function_name, timeout_ms, created_at,
  started_at, finished_at, json_remove(outcome, '$.result') as outcome`;

/** The table of executions. Every call is synchronous and complete when it returns. */
export class ExecutionStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  insert(row: ExecutionRow): void {
    const values = toColumns(row);
    const columns = Object.keys(values);
    const places = columns.map((column) => `@${column}`);
    this.#storage.prepare(`insert into executions (${columns.join(', ')}) values (${places.join(', ')})`).run(values);
  }

  get(id: string): ExecutionRow | undefined {
    const found = this.#storage.prepare('select * from executions where id = ?').get(id);
    return found ? fromColumns(found as Columns) : undefined;
  }

  /** Changes some fields of one that has not finished; false when there is none. */
  update(id: string, change: Partial<ExecutionRow>): boolean {
    const values = toColumns(change);
    const sets = Object.keys(values).map((column) => `${column} = @${column}`);
    const statement = `update executions set ${sets.join(', ')} where id = @row_id and finished_at is null`;
    return this.#storage.prepare(statement).run({ ...values, row_id: id }).changes === 1;
  }

  remove(id: string): void {
    this.#storage.prepare('delete from executions where id = ?').run(id);
  }

  /** A page, newest first, and how many there are in all. */
  list(filter: ExecutionFilter, limit: number, offset: number): { rows: ListedRow[]; total: number } {
    const conditions = ['1'];
    const values: string[] = [];
    for (const [column, value] of [
      ['workspace', filter.workspace],
      ['sandbox_id', filter.sandboxId],
    ] as const) {
      if (value === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(value);
    }
    if (filter.statuses.length > 0) {
      conditions.push(`status in (${filter.statuses.map(() => '?').join(', ')})`);
      values.push(...filter.statuses);
    }
    const where = conditions.join(' and ');
    const total = this.#storage.prepare(`select count(*) from executions where ${where}`).pluck().get(values) as number;
    const rows = this.#storage
      .prepare(`select ${listedColumns} from executions where ${where} order by created_at desc, id limit ? offset ?`)
      .all([...values, limit, offset]);
    return { rows: rows.map((row) => fromColumns(row as Columns)), total };
  }

  /** Ids of those that have not finished, oldest first. */
  unfinished(): string[] {
    const query = 'select id from executions where finished_at is null order by created_at, id';
    return this.#storage.prepare(query).pluck().all() as string[];
  }

  /** Sandboxes that are there for an execution alone which has finished. */
  leftSandboxes(): string[] {
    const query = `select sandbox_id from executions where owns_sandbox = 1 and finished_at is not null
      and sandbox_id in (select id from sandboxes)`;
    return this.#storage.prepare(query).pluck().all() as string[];
  }

  /** Forgets finished ones from before a time, and the oldest beyond so many. */
  prune(before: number, most: number): void {
    this.#storage.prepare('delete from executions where finished_at < ?').run(before);
    this.#storage
      .prepare(
        `delete from executions where id in (
           select id from executions where finished_at is not null order by finished_at desc, id limit -1 offset ?)`,
      )
      .run(most);
  }
}
