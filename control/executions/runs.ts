import type { CreateExecutionRequest } from '../../shared/api/kept-executions.ts';
import { endProgram, startProgram, unlessEnded } from './calls.ts';
import type { Live } from './live.ts';
import { type PlaceOptions, type PlaceRequest, placeOf } from './place.ts';
import { programOf } from './program.ts';
import { type Followed, follow, type Limits } from './run.ts';
import type { ExecutionRow, ExecutionStore } from './store.ts';

export interface RunsOptions extends PlaceOptions {
  store: ExecutionStore;
  limits: Limits;
}

/** Executions in their sandboxes, which don't fall asleep meanwhile: begun, followed, ended. What is known of one's start is written down. */
export class Runs {
  readonly #options: RunsOptions;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** Begins with one in its sandbox, which may have to be made or woken, and follows it. @throws ApiError as `placeOf` and `startProgram` */
  async begin(row: ExecutionRow, request: CreateExecutionRequest, place: PlaceRequest, live: Live): Promise<Followed> {
    const { sandboxes } = this.#options;
    const owned = (id: string) => void this.#options.store.update(row.id, { sandboxId: id });
    let sandbox = await placeOf(this.#options, place, { signal: live.signal, owned });
    let leave = sandboxes.visits.enter(sandbox.id);
    try {
      // From here on it does not fall asleep; it may have, since it was found awake.
      while (sandboxes.store.get(sandbox.id)?.state !== 'Running') {
        leave();
        live.signal.throwIfAborted();
        sandbox = await placeOf(this.#options, place, { signal: live.signal, owned });
        leave = sandboxes.visits.enter(sandbox.id);
      }
      live.signal.throwIfAborted();
      sandboxes.renewals.touch(sandbox);
      this.#options.store.update(row.id, { sandboxId: sandbox.id });
      await startProgram(sandboxes, sandbox, programOf(row, request, sandbox));
      const started = { ...row, sandboxId: sandbox.id };
      this.#running(started, Date.now(), live);
      return await this.follow(started, sandbox.id, live);
    } finally {
      leave();
    }
  }

  /** Follows what was begun in a sandbox to its end. Rejects only when this process lets go of it. */
  async follow(row: ExecutionRow, sandboxId: string, live: Live): Promise<Followed> {
    const { sandboxes, limits } = this.#options;
    const leave = sandboxes.visits.enter(sandboxId);
    try {
      const seen = async (at: number) => {
        this.#running(row, at, live);
        // Whoever cancelled it may have come too early for it, or when nobody answered.
        if (live.isCancelled) await this.end(row);
      };
      return await follow(this.#options, row, { sandboxId, limits, signal: live.stopping, seen });
    } finally {
      leave();
    }
  }

  /** Ends all processes of one, where there are any. @throws ApiError `AGENT_UNREACHABLE` */
  async end({ id, sandboxId }: ExecutionRow): Promise<void> {
    const { sandboxes } = this.#options;
    const sandbox = sandboxId === undefined ? undefined : sandboxes.store.get(sandboxId);
    if (sandbox) await endProgram(sandboxes, sandbox, id).catch(unlessEnded);
  }

  /** It is known to run. An earlier process may have started it without having come to write that down. */
  #running(row: ExecutionRow, at: number, live: Live): void {
    if (row.startedAt !== undefined) return;
    row.startedAt = Number.isSafeInteger(at) ? Math.min(Math.max(at, row.createdAt), Date.now()) : Date.now();
    this.#options.store.update(row.id, { status: 'running', startedAt: row.startedAt });
    live.tell();
  }
}
