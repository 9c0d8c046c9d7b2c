import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { Idle } from './freezer.ts';
import { startAgain } from './start.ts';
import type { SandboxRow, SandboxStore } from './store.ts';
import type { TierChanges } from './tier-changes.ts';
import { isAsleep, runs } from './tiers.ts';
import { ignored, type Works } from './works.ts';

/** How long the entrypoint may take to end when it is told to. */
const graceSeconds = 10;

/** What a row says of one that idleness has frozen. */
const sleeps = { state: 'Paused', reason: 'idle_frozen', tier: 'frozen' } as const;

export interface StopperOptions {
  store: SandboxStore;
  runtime: Runtime;
  volumes: Volumes;
  now: () => number;
  /** From a container's start until its agent has to answer. */
  readyTimeoutMs: number;
  works: Works;
  tierChanges: TierChanges;
  /** Calls back when it isn't known what the engine did: reconcile has to look. */
  onUnfinished: () => void;
}

/** Stops containers, whose disks are kept, and starts them again. */
export class Stopper {
  readonly #options: StopperOptions;

  constructor(options: StopperOptions) {
    this.#options = options;
  }

  /**
   * Stops a sandbox that nobody uses, frozen or not: whoever touches it starts it again. False: somebody uses it after all, or
   * something else is being done to it. @throws ApiError when the engine doesn't do it; then it is put right later
   */
  async stop(id: string, { idleSince, mayRest }: Idle): Promise<boolean> {
    const { store, works, now } = this.#options;
    const row = store.mustGet(id);
    if (works.get(id) || !mayRest() || (row.state !== 'Running' && !isAsleep(row))) return false;
    const message = 'Nobody uses it: it is being stopped.';
    const stopping = { state: 'Pausing', reason: 'idle_stopping', message, tier: 'stopped', idleSince } as const;
    if (!store.update(id, ['Running', 'Paused'], { ...stopping, transitionAt: now() })) return false;
    await this.settle(id);
    this.#options.tierChanges.note('sunk', 'stopped');
    return true;
  }

  /**
   * Has one be stopped that somebody else has ended, as the engine has, or started again, which is then without its network's rules. Its disk
   * is kept, and whoever touches it starts it again, unless it was paused: then a resume does. @throws as `settle`
   */
  keep(row: SandboxRow, message: string): Promise<void> {
    return this.#keep(row, message, 'container_stopped');
  }

  /**
   * Stops one that runs because it has more on its disk than it may, whoever uses it. False: something else is being done to it. `begun`: it
   * is written down. @throws as `settle`
   */
  async stopFull(id: string, message: string, begun: () => void): Promise<boolean> {
    const { store, works } = this.#options;
    const row = store.get(id);
    if (row?.state !== 'Running' || works.get(id)) return false;
    begun();
    await this.#keep(row, message, 'disk_exceeded');
    return true;
  }

  async #keep(
    { id, state, tier, idleSince }: SandboxRow,
    message: string,
    reason: 'container_stopped' | 'disk_exceeded',
  ): Promise<void> {
    const { store, now } = this.#options;
    const at = now();
    const since = tier === 'running' ? at : idleSince;
    const stopping = {
      state: 'Pausing',
      reason,
      message,
      tier: 'stopped',
      idleSince: since,
    } as const;
    if (store.update(id, [state], { ...stopping, frozen: 0, transitionAt: at })) await this.settle(id);
  }

  /** Has the engine end what runs in one that is to be stopped, which is written down already, and says so when it has. */
  settle(id: string): Promise<void> {
    const { runtime, works } = this.#options;
    const stopped = runtime.stop(id, graceSeconds);
    return works.track(id, { kind: 'resting', engine: ignored(stopped), whole: this.#settle(id, stopped) });
  }

  /** What is told of one whose container has been found to have ended, with its disk kept. */
  rest(row: SandboxRow): void {
    const { store, now } = this.#options;
    const paused = { state: 'Paused', tier: 'stopped', frozen: 0, ...restOf(row), transitionAt: now() } as const;
    store.update(row.id, ['Pausing', 'Paused', 'Resuming'], paused);
  }

  /** Starts one again that is being resumed. @throws ApiError why it can't be started; then it is stopped as before */
  start(id: string): Promise<void> {
    const starting = this.#start(id);
    return this.#options.works.track(id, { kind: 'waking', engine: ignored(starting), whole: starting });
  }

  async #settle(id: string, stopped: Promise<void>): Promise<void> {
    try {
      await stopped;
    } catch (error) {
      const isRefused = (error as ApiError).code === 'DOCKER::SANDBOX_PAUSE_FAILED';
      if (!isRefused || !(await this.#goesOn(id, (error as ApiError).message))) this.#options.onUnfinished();
      throw error;
    }
    const row = this.#options.store.get(id);
    if (row) this.rest(row);
  }

  /** One that the engine has refused to stop, and that runs or is frozen as it was, is there for whoever wants it. False: that isn't so, or isn't known. */
  async #goesOn(id: string, why: string): Promise<boolean> {
    const { store, runtime, now } = this.#options;
    const facts = await runtime.inspect(id).catch(() => undefined);
    if (!facts || facts.startedAt !== store.get(id)?.startedAt) return false;
    const was = facts.state === 'running' ? runs : facts.state === 'paused' ? sleeps : undefined;
    const message = `It could not be stopped, and is as it was: ${why}`;
    return was !== undefined && store.update(id, ['Pausing'], { ...was, message, transitionAt: now() });
  }

  async #start(id: string): Promise<void> {
    const { store, runtime, now, onUnfinished } = this.#options;
    try {
      const wasAsleep = store.mustGet(id).idleSince !== undefined;
      const startedAt = await startAgain(runtime, store.mustGet(id), this.#options);
      const running = { ...runs, startedAt, message: 'The agent answers.', transitionAt: now() };
      if (!store.update(id, ['Resuming'], running)) {
        const { state, message } = store.mustGet(id);
        throw new ApiError('DOCKER::SANDBOX_NOT_PAUSED', `Sandbox ${id} is not paused but ${state}: ${message}`);
      }
      if (wasAsleep) this.#options.tierChanges.note('woken', 'stopped');
    } catch (error) {
      const row = store.get(id);
      if (row?.state === 'Resuming') this.rest(row);
      onUnfinished();
      const { code, message } = error as ApiError;
      if (code === 'DOCKER::SANDBOX_NOT_PAUSED' || code === 'DOCKER::SANDBOX_NOT_FOUND') throw error;
      throw new ApiError('DOCKER::SANDBOX_RESUME_FAILED', `It could not be started again: ${message}`, {
        cause: error,
      });
    }
  }
}

/** Why one is stopped. */
function restOf({ idleSince, reason, message }: SandboxRow): Pick<SandboxRow, 'reason' | 'message'> {
  if (idleSince === undefined) {
    return { reason: 'container_paused', message: 'It was paused, and its container has ended since.' };
  }
  if (reason === 'container_stopped' || reason === 'disk_exceeded') return { reason, message };
  return { reason: 'idle_stopped', message: 'Nobody uses it: it is stopped until somebody does.' };
}
