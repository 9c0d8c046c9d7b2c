import { randomUUID } from 'node:crypto';
import { ApiError } from '../../shared/api/errors.ts';
import type { CreateExecutionRequest } from '../../shared/api/kept-executions.ts';
import { nameOf } from '../workspaces/key.ts';
import { unlessEnded } from './calls.ts';
import { Live } from './live.ts';
import { checkedPlace, entrypointOf } from './place.ts';
import { brokenOff, type Followed } from './run.ts';
import { Runs, type RunsOptions } from './runs.ts';
import type { ExecutionRow, ExecutionStore } from './store.ts';
import { Transcript } from './transcript.ts';

const usualTimeoutMs = 30_000;

export interface ExecutionsOptions extends RunsOptions {
  /** Finished ones that are remembered, and for how long. */
  keep: { most: number; ms: number };
  /** Those that have not finished, at most. */
  maxUnfinished: number;
  log(message: string, details: object): void;
}

/**
 * Code that is run in sandboxes, under an id. The row comes first; then its sandbox, which may have to be made or woken; then a program
 * of the row's id there. So whoever comes after a crash of this process knows all that was begun, and asks each sandbox for the rest.
 */
export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #runs: Runs;
  readonly #live = new Map<string, Live>();

  constructor(options: ExecutionsOptions) {
    this.#options = options;
    this.#runs = new Runs(options);
  }

  get store(): ExecutionStore {
    return this.#options.store;
  }

  /**
   * Writes down what is to be run, and begins with it. What goes wrong from then on is told as its end.
   * @throws ApiError `CAPACITY_EXCEEDED`, and as `checkedPlace`
   */
  create(request: CreateExecutionRequest): ExecutionRow {
    const { maxUnfinished } = this.#options;
    const timeoutMs = Math.ceil((request.timeout ?? usualTimeoutMs / 1000) * 1000);
    const place = checkedPlace(request, timeoutMs, this.#options);
    if (this.#live.size >= maxUnfinished) {
      throw new ApiError('CAPACITY_EXCEEDED', `There are ${maxUnfinished} executions already that have not finished.`);
    }
    const row: ExecutionRow = {
      id: randomUUID(),
      status: 'pending',
      workspace: place.key && nameOf(place.key),
      sandboxId: request.sandboxId ?? undefined,
      ownsSandbox: place.key || request.sandboxId != null ? 0 : 1,
      language: request.language,
      handler: request.handler ?? undefined,
      functionName: request.handler == null ? undefined : (request.context?.functionName ?? 'handler'),
      code: request.code,
      timeoutMs,
      createdAt: Date.now(),
      startedAt: undefined,
      finishedAt: undefined,
      outcome: undefined,
      events: undefined,
    };
    this.store.insert(row);
    this.#begin(row.id, (live) => this.#runs.begin(row, request, place, live));
    return row;
  }

  /** @throws ApiError `EXECUTION_NOT_FOUND` */
  get(id: string): ExecutionRow {
    const row = this.store.get(id);
    if (row) return row;
    throw new ApiError(
      'EXECUTION_NOT_FOUND',
      `There is no execution ${id.slice(0, 100)}; finished ones are forgotten in time.`,
      {
        field: 'id',
      },
    );
  }

  /** What a sandbox of a template runs that is there to run code. @throws ApiError `INVALID_TEMPLATE_NAME`, `TEMPLATE_NOT_FOUND` */
  entrypointOf(template: string, field: string): string[] {
    return entrypointOf(this.#options.templates, template, field);
  }

  /** Settles at the next change of one that has not finished, or by the signal. */
  changed(id: string, signal: AbortSignal): Promise<void> {
    return (this.#live.get(id) ?? new Live()).changed(signal);
  }

  /** Settles when one has finished, or by the signal. Rejects for neither. */
  async finished(id: string, signal: AbortSignal): Promise<void> {
    while (this.#live.has(id) && this.store.get(id)?.finishedAt === undefined && !signal.aborted) {
      await this.changed(id, signal);
    }
  }

  /**
   * Ends all of its processes and returns when it has finished.
   * @throws ApiError `EXECUTION_NOT_FOUND`, `EXECUTION_NOT_RUNNING`, `AGENT_UNREACHABLE`
   */
  async cancel(id: string): Promise<ExecutionRow> {
    const row = this.get(id);
    const live = this.#live.get(id);
    if (row.finishedAt !== undefined || !live) {
      throw new ApiError('EXECUTION_NOT_RUNNING', `Execution ${id} has ended.`, { field: 'id' });
    }
    live.cancel();
    // While it is being started it is not known whether there is something to end: whoever first hears of it then ends it.
    if (row.startedAt !== undefined) await this.#runs.end(row);
    await live.settled;
    return this.get(id);
  }

  /** Ends one that runs, and forgets it. @throws ApiError as `cancel` */
  async remove(id: string): Promise<void> {
    const { finishedAt } = this.get(id);
    if (finishedAt === undefined) await this.cancel(id).catch(unlessEnded);
    await this.#live.get(id)?.settled;
    this.store.remove(id);
  }

  /** Goes on with what an earlier process has begun. */
  recover(): void {
    for (const id of this.store.unfinished()) {
      const row = this.get(id);
      this.#begin(id, (live) =>
        row.sandboxId === undefined ? this.#never() : this.#runs.follow(row, row.sandboxId, live),
      );
    }
    for (const sandboxId of this.store.leftSandboxes()) void this.#removeSandbox(sandboxId);
    this.#prune();
  }

  /** Lets go of everything; programs run on, and the next process finds them. */
  async close(): Promise<void> {
    for (const live of this.#live.values()) live.stop();
    await Promise.all([...this.#live.values()].map(({ settled }) => settled));
  }

  #begin(id: string, work: (live: Live) => Promise<Followed>): void {
    const live = new Live();
    this.#live.set(id, live);
    const { log } = this.#options;
    live.settled = this.#settle(id, live, work)
      .catch((err: unknown) => log('the end of an execution could not be written down', { execution: id, err }))
      .finally(() => {
        this.#live.delete(id);
        live.tell();
      });
  }

  async #settle(id: string, live: Live, work: (live: Live) => Promise<Followed>): Promise<void> {
    const { log } = this.#options;
    const ended = await work(live).catch((error: Error) => {
      if (live.isStopped) return undefined;
      if (!(error instanceof ApiError)) log('an execution could not be run', { execution: id, err: error });
      return brokenOff(live.isCancelled ? 'cancelled' : 'failed', error, new Transcript(0));
    });
    if (!ended) return;
    const { status, outcome, transcript } = ended;
    this.store.update(id, { status, outcome, events: transcript.events, finishedAt: Date.now() });
    live.tell();
    const { sandboxId, ownsSandbox } = this.store.get(id) ?? {};
    if (sandboxId !== undefined && ownsSandbox) await this.#removeSandbox(sandboxId);
    this.#prune();
  }

  async #never(): Promise<Followed> {
    const message = 'Control ended before it had a sandbox.';
    return brokenOff('failed', new ApiError('RUNTIME_ERROR', message), new Transcript(0));
  }

  async #removeSandbox(id: string): Promise<void> {
    const { sandboxes, log } = this.#options;
    if (!sandboxes.store.get(id)) return;
    await sandboxes.remove(id).catch((error: ApiError) => {
      if (error.code !== 'DOCKER::SANDBOX_NOT_FOUND')
        log('a sandbox of an execution is removed later', { sandbox: id, err: error });
    });
  }

  #prune(): void {
    const { keep } = this.#options;
    this.store.prune(Date.now() - keep.ms, keep.most);
  }
}
