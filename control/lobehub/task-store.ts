import type { Task, TaskStatus } from '../../shared/api/lobehub.ts';
import type { Storage } from '../storage/open.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import type { Lease } from './leases.ts';
import type { Started } from './terminal.ts';

/** One task as the database has it. Times are ms since the epoch. */
export interface TaskRow extends WorkspaceKey {
  id: string;
  capability: string;
  status: TaskStatus;
  /** Of a command that runs, or ran. */
  started: Started | undefined;
  result: Task['result'];
  error: Task['error'];
  createdAt: number;
  updatedAt: number;
  deadlineAt: number;
  completedAt: number | undefined;
}

type Columns = Record<string, string | number | null>;

/** The table of tasks. Every call is synchronous and complete when it returns. */
export class TaskStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Writes a task, new or changed. */
  put({ started, result, error, ...row }: TaskRow): void {
    const values = {
      ...row,
      sandboxId: started?.sandboxId ?? null,
      commandId: started?.commandId ?? null,
      session: started ? JSON.stringify(started.session) : null,
      result: result ? JSON.stringify(result) : null,
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
      completedAt: row.completedAt ?? null,
    };
    this.#storage
      .prepare(
        `insert or replace into lobehub_tasks (id, issuer, subject, capability, status, sandbox_id, command_id, session, result,
           error_code, error_message, created_at, updated_at, deadline_at, completed_at)
         values (@id, @issuer, @subject, @capability, @status, @sandboxId, @commandId, @session, @result,
           @errorCode, @errorMessage, @createdAt, @updatedAt, @deadlineAt, @completedAt)`,
      )
      .run(values);
  }

  /** A task of this user's; undefined where there is none, or it is another's. */
  get({ issuer, subject }: WorkspaceKey, id: string): TaskRow | undefined {
    const found = this.#storage
      .prepare('select * from lobehub_tasks where id = ? and issuer = ? and subject = ?')
      .get(id, issuer, subject);
    return found === undefined ? undefined : fromColumns(found as Columns);
  }

  /** Those that have not come to their end. */
  unended(): TaskRow[] {
    const found = this.#storage.prepare('select * from lobehub_tasks where completed_at is null').all();
    return (found as Columns[]).map(fromColumns);
  }

  /** How many of a user's have not come to their end. */
  countUnended({ issuer, subject }: WorkspaceKey): number {
    return this.#storage
      .prepare('select count(*) from lobehub_tasks where issuer = ? and subject = ? and completed_at is null')
      .pluck()
      .get(issuer, subject) as number;
  }

  /** Forgets what came to its end before a time, and of a user's all but the newest. */
  forget({ issuer, subject }: WorkspaceKey, { before, but }: { before: number; but: number }): void {
    this.#storage.prepare('delete from lobehub_tasks where completed_at < ?').run(before);
    this.#storage
      .prepare(
        `delete from lobehub_tasks where id in (
           select id from lobehub_tasks where issuer = ? and subject = ? and completed_at is not null
           order by completed_at desc, id limit -1 offset ?)`,
      )
      .run(issuer, subject, but);
  }
}

function fromColumns(found: Columns): TaskRow {
  const text = (name: string) => found[name] as string;
  const time = (name: string) => found[name] as number;
  return {
    id: text('id'),
    issuer: text('issuer'),
    subject: text('subject'),
    capability: text('capability'),
    status: text('status') as TaskStatus,
    started:
      found.command_id === null
        ? undefined
        : {
            sandboxId: text('sandbox_id'),
            commandId: text('command_id'),
            session: JSON.parse(text('session')) as Lease,
          },
    result: found.result === null ? undefined : (JSON.parse(text('result')) as Task['result']),
    error: found.error_code === null ? undefined : { code: text('error_code'), message: text('error_message') },
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
    deadlineAt: time('deadline_at'),
    completedAt: (found.completed_at as number | null) ?? undefined,
  };
}
