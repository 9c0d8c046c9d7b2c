import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { maxTimeoutMs } from '../../shared/api/commands.ts';
import { ApiError } from '../../shared/api/errors.ts';
import { type ResourceInput, type Task, type TerminalInput, usualTimeoutMs } from '../../shared/api/lobehub.ts';
import { nameOf, type WorkspaceKey } from '../workspaces/key.ts';
import { codeName } from './code-names.ts';
import { Output } from './output.ts';
import type { Resources } from './resources.ts';
import type { TaskRow, TaskStore } from './task-store.ts';
import { lettingGo, type Ran, type Started, soFar, type Terminal } from './terminal.ts';

/** Of one user, at a time. */
const mostUnended = 100;
/** Of one user, with up to 2 MiB of output each. */
const mostEnded = 50;
const rememberMs = 60 * 60 * 1000;

export interface TasksOptions {
  store: TaskStore;
  terminal: Terminal;
  resources: Resources;
  /** What only the log is to know. */
  log(message: string, details: object): void;
  now?: () => number;
}

/** What is to be done. */
export type Job = (
  | { capability: 'terminalExec'; input: TerminalInput }
  | { capability: 'terminalResource'; input: ResourceInput }
) & {
  timeoutMs?: number | null | undefined;
};

/** A task that this process works at. */
interface Working {
  row: TaskRow;
  output: Output;
  stop: AbortController;
  /** Settles when it has come to its end. Never rejects. */
  done: Promise<void>;
}

const canceled = new Error('The task was canceled.');

/** What LobeHub has asked for in the background. It goes on whoever leaves, and commands outlive this process. */
export class Tasks {
  readonly #options: TasksOptions;
  readonly #now: () => number;
  readonly #working = new Map<string, Working>();

  constructor(options: TasksOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Begins one, and returns it as it is when it has ended or `waitMs` are over, whichever comes first; undefined: when it has ended.
   * Nor is it waited for when `closing` is aborted.
   * @throws ApiError `TOO_MANY_TASKS`
   */
  async submit(
    key: WorkspaceKey,
    job: Job,
    { waitMs, closing }: { waitMs: number | undefined; closing: AbortSignal },
  ): Promise<Task> {
    const { store } = this.#options;
    const now = this.#now();
    store.forget(key, { before: now - rememberMs, but: mostEnded });
    if (store.countUnended(key) >= mostUnended) {
      throw new ApiError(
        'TOO_MANY_TASKS',
        `This user has ${mostUnended} tasks that have not ended; cancel some first.`,
      );
    }
    const { issuer, subject } = key;
    const { capability, timeoutMs } = job;
    const row: TaskRow = {
      id: `task_${randomUUID().replaceAll('-', '')}`,
      issuer,
      subject,
      capability,
      status: 'pending',
      started: undefined,
      result: undefined,
      error: undefined,
      createdAt: now,
      updatedAt: now,
      deadlineAt: now + (timeoutMs ?? usualTimeoutMs),
      completedAt: undefined,
    };
    store.put(row);
    const { done } = this.#work(row, (working) => this.#begin(key, job, working));
    await this.#ended(done, waitMs, closing);
    return this.get(key, row.id);
  }

  /** A task of this user's, with its output so far. @throws ApiError `TASK_NOT_FOUND` */
  get(key: WorkspaceKey, id: string): Task {
    const working = this.#working.get(id);
    const row = this.#options.store.get(key, id);
    if (!row) {
      const message = 'There is no task of that id; those that have ended are forgotten after an hour.';
      throw new ApiError('TASK_NOT_FOUND', message, { field: 'id' });
    }
    return shown(row, working?.output);
  }

  /** Ends one with all that it started. @throws ApiError `TASK_NOT_FOUND`, `TASK_NOT_RUNNING` */
  async cancel(key: WorkspaceKey, id: string): Promise<Task> {
    this.get(key, id);
    const working = this.#working.get(id);
    working?.stop.abort(canceled);
    await working?.done;
    const task = this.get(key, id);
    if (working && task.status === 'canceled') return task;
    throw new ApiError('TASK_NOT_RUNNING', `The task has ended already: ${task.status}.`, { field: 'id' });
  }

  /** Comes back to what an earlier process has left. What it had not begun, or can't be come back to, has failed. */
  resume(): void {
    for (const row of this.#options.store.unended()) {
      const { started } = row;
      this.#work(row, async ({ output, stop: { signal } }) => {
        if (started) return this.#options.terminal.resume(started, { signal, output });
        throw new ApiError(
          'RUNTIME_ERROR',
          'Control ended while the task was being begun. It may have been done, in part.',
        );
      });
    }
  }

  /** Lets commands go on, to be come back to. */
  async close(): Promise<void> {
    const working = [...this.#working.values()];
    for (const { stop } of working) stop.abort(lettingGo);
    await Promise.all(working.map(({ done }) => done));
  }

  async #ended(done: Promise<void>, waitMs: number | undefined, closing: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, closing]);
    // Longer than any task has.
    const waiting = delay(waitMs ?? maxTimeoutMs, undefined, { signal }).catch(() => undefined);
    await Promise.race([done, waiting]);
    over.abort();
  }

  #work(row: TaskRow, work: (working: Working) => Promise<Ran | { result: Task['result'] }>): Working {
    const working: Working = { row, output: new Output(), stop: new AbortController(), done: Promise.resolve() };
    this.#working.set(row.id, working);
    working.done = work(working)
      .then(
        (ran) => this.#succeeded(working, ran),
        (error) => this.#failed(working, error),
      )
      .catch((error) => this.#options.log('a task’s end could not be written down', { task: row.id, err: error }))
      .finally(() => this.#working.delete(row.id));
    return working;
  }

  async #begin(key: WorkspaceKey, job: Job, working: Working): Promise<Ran | { result: Task['result'] }> {
    const { terminal, resources } = this.#options;
    const { signal } = working.stop;
    if (job.capability === 'terminalResource') {
      this.#put(working, { status: 'running' });
      return { result: await resources.run(key, job.input, { signal, timeoutMs: job.timeoutMs ?? usualTimeoutMs }) };
    }
    const onStart = (started: Started) => this.#put(working, { status: 'running', started });
    return terminal.run(key, { ...job.input, timeout_ms: job.timeoutMs }, { signal, output: working.output, onStart });
  }

  #succeeded(working: Working, ran: Ran | { result: Task['result'] }): void {
    const { result } = ran;
    const end = { result, completedAt: this.#now() };
    if ('isTimeUp' in ran && ran.isTimeUp) {
      const error = { code: 'timeout', message: 'The task timed out: the command was ended.' };
      this.#put(working, { ...end, status: 'failed', error });
    } else {
      this.#put(working, { ...end, status: 'succeeded' });
    }
  }

  #failed(working: Working, error: unknown): void {
    const { signal } = working.stop;
    const { row } = working;
    if (error === lettingGo || (signal.reason === lettingGo && !row.started)) return;
    const { output } = working;
    const result = row.started && soFar(row.started.session, output);
    const end = { ...(result && { result }), completedAt: this.#now() };
    if (error === canceled) {
      this.#put(working, { ...end, status: 'canceled' });
      return;
    }
    const known = error instanceof ApiError;
    if (!known) this.#options.log('a task failed', { task: row.id, workspace: nameOf(row), err: error });
    const shown = known
      ? { code: codeName(error), message: error.message }
      : {
          code: 'execution_failed',
          message: 'Something went wrong here; the log has the details under the task’s id.',
        };
    this.#put(working, { ...end, status: 'failed', error: shown });
  }

  #put(working: Working, change: Partial<TaskRow>): void {
    working.row = { ...working.row, ...change, updatedAt: this.#now() };
    this.#options.store.put(working.row);
  }
}

function shown(row: TaskRow, output: Output | undefined): Task {
  const { id, capability, status, started, error, createdAt, updatedAt, deadlineAt, completedAt } = row;
  const result = row.result ?? (started && output && soFar(started.session, output));
  const instant = (ms: number) => new Date(ms).toISOString();
  return {
    task_id: id,
    capability,
    status,
    ...(result && { result }),
    ...(error && { error }),
    created_at: instant(createdAt),
    updated_at: instant(updatedAt),
    deadline_at: instant(deadlineAt),
    ...(completedAt !== undefined ? { completed_at: instant(completedAt) } : { status_url: `/api/v1/tasks/${id}` }),
  };
}
