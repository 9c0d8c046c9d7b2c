import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { answers } from './answers.ts';
import type { Connections } from './connections.ts';
import { insist } from './insist.ts';
import { allStates } from './states.ts';
import type { Stopper } from './stopper.ts';
import type { SandboxRow, SandboxStore } from './store.ts';
import type { TierChanges } from './tier-changes.ts';
import { isAsleep, runs } from './tiers.ts';
import { ignored, type Work, type Works } from './works.ts';

export interface FreezerOptions {
  store: SandboxStore;
  runtime: Runtime;
  now: () => number;
  /** From a resume until the agent has to answer. */
  readyTimeoutMs: number;
  /** What is under way. */
  works: Works;
  tierChanges: TierChanges;
  connections: Connections;
  /** Starts what was stopped. */
  stopper: Stopper;
  /** Calls back when it isn't known what the engine did: reconcile has to look. */
  onUnfinished: () => void;
}

/** Of a sandbox that nobody uses. */
export interface Idle {
  /** Since when, ms since the epoch. */
  idleSince: number;
  /** False when somebody has come to use it. Asked at the moment from which on whoever comes has to wake it. */
  mayRest(): boolean;
}

/** Pauses and resumes sandboxes. Two requests for the same at once are one; whatever it was told, the row says what is. */
export class Freezer {
  readonly #options: FreezerOptions;

  constructor(options: FreezerOptions) {
    this.#options = options;
  }

  /** Waits until the engine isn't at it: a process that is frozen in the middle of its end would never come to it. */
  async engineDone(id: string): Promise<void> {
    await this.#options.works.get(id)?.engine;
  }

  /**
   * Freezes a running sandbox because somebody says so, and returns when it is. One that idleness has put to sleep rests already:
   * from now on only a resume wakes it.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_RUNNING`, `DOCKER::SANDBOX_PAUSE_FAILED`, and when
   * the engine doesn't answer
   */
  pause(id: string): Promise<void> {
    const { store, works } = this.#options;
    const done = ({ kind }: Work) => {
      const row = store.mustGet(id);
      // One that runs may be one that the engine has yet to let go on: a pause has to come after that.
      const isAboutToGoOn = kind === 'waking' && row.state === 'Running';
      return kind !== 'still' && !isAboutToGoOn && !isAsleep(row);
    };
    return works.next(id, (begun) => this.#pause(id, begun), done);
  }

  async #pause(id: string, begun: Work | undefined): Promise<void> {
    const { store } = this.#options;
    if (begun?.kind === 'resting') return begun.whole;
    const pausing = { state: 'Pausing', reason: 'user_pause', message: 'It is being paused.', tier: 'frozen' } as const;
    const transitionAt = this.#options.now();
    if (store.update(id, ['Running'], { ...pausing, frozen: 0, idleSince: undefined, transitionAt })) {
      return this.#rest(id);
    }
    const row = store.mustGet(id);
    if (!isAsleep(row)) throw conflict('DOCKER::SANDBOX_NOT_RUNNING', 'running', row);
    const paused = { state: 'Paused', reason: 'container_paused', message: 'It was paused.' } as const;
    store.update(id, ['Paused'], { ...paused, idleSince: undefined, transitionAt });
  }

  /**
   * Freezes a running sandbox that nobody uses: whoever touches it wakes it. False: somebody uses it after all, or something
   * else is being done to it. @throws ApiError as `pause`
   */
  async freeze(id: string, { idleSince, mayRest }: Idle): Promise<boolean> {
    const { store, works, now } = this.#options;
    if (works.get(id) || !mayRest()) return false;
    const freezing = {
      state: 'Pausing',
      reason: 'idle_freezing',
      message: 'Nobody uses it: it is being frozen.',
    } as const;
    if (!store.update(id, ['Running'], { ...freezing, tier: 'frozen', frozen: 0, idleSince, transitionAt: now() })) {
      return false;
    }
    await this.#rest(id);
    return true;
  }

  /**
   * Lets a paused sandbox go on, starts it again where it was stopped, and returns when its agent answers. `reason`: who wants it to;
   * who only wakes it need not wait for the engine's word beside its agent's.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_PAUSED`, `DOCKER::SANDBOX_RESUME_FAILED`, and when
   * the engine doesn't answer
   */
  resume(id: string, reason: 'user_resume' | 'waking' = 'user_resume'): Promise<void> {
    const { store, works } = this.#options;
    const isPausing = ({ kind }: Work) => kind === 'resting' && !isAsleep(store.mustGet(id));
    const done = (work: Work) => work.kind === 'waking' || isPausing(work);
    return works.next(id, (begun) => this.#resume(id, reason, begun), done);
  }

  async #resume(id: string, reason: 'user_resume' | 'waking', begun: Work | undefined): Promise<void> {
    const { store, works, now } = this.#options;
    const awaited = ({ awake, whole }: Work) => (reason === 'waking' ? (awake ?? whole) : whole);
    if (begun?.kind === 'waking') return awaited(begun);
    const resuming = { state: 'Resuming', reason, message: 'It is being resumed.' } as const;
    if (!store.lightly(() => store.update(id, ['Paused'], { ...resuming, transitionAt: now() }))) {
      throw conflict('DOCKER::SANDBOX_NOT_PAUSED', 'paused', store.mustGet(id));
    }
    if (store.mustGet(id).tier === 'stopped') return this.#options.stopper.start(id);
    const work = this.#wake(id);
    void ignored(works.track(id, work));
    return awaited(work);
  }

  /**
   * Does something while nothing runs in a sandbox. One that runs is frozen for it, which is no pause: its state stays what it is,
   * and who is connected only waits. A pause or resume that is under way ends first, one that is asked for meanwhile waits.
   * @throws ApiError what the work throws, or the engine when it doesn't freeze it
   */
  still<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#options.works.next(id, () => this.#still(id, work));
  }

  async #still<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { store, runtime, works } = this.#options;
    const wasRunning = store.update(id, ['Running'], { frozen: 1 });
    const frozen = wasRunning ? runtime.pause(id) : Promise.resolve();
    const { promise: whole, resolve } = Promise.withResolvers<void>();
    void works.track(id, { kind: 'still', engine: ignored(frozen), whole });
    try {
      await frozen;
      return await work();
    } finally {
      if (wasRunning) await this.#goOn(id, frozen).catch(() => this.#options.onUnfinished());
      resolve();
      await works.underWay(id);
    }
  }

  /** Lets a sandbox go on that was kept still, if it is still there. @throws ApiError when the engine doesn't do it */
  async letGo(id: string): Promise<void> {
    const { store, runtime } = this.#options;
    try {
      await runtime.unpause(id);
    } catch (error) {
      if ((await runtime.inspect(id))?.state === 'paused') throw error;
    }
    store.update(id, allStates, { frozen: 0 });
  }

  async #goOn(id: string, frozen: Promise<void>): Promise<void> {
    const mayComeLate = await frozen.then(
      () => false,
      ({ code }: ApiError) => code === 'ENGINE_TIMEOUT',
    );
    await this.letGo(id);
    // Whoever finds it frozen later finds that this is not how it is meant to be.
    if (mayComeLate) this.#options.store.update(id, ['Running'], { frozen: 1 });
  }

  /** Has the engine freeze it, which is written down already. */
  #rest(id: string): Promise<void> {
    const { runtime, works } = this.#options;
    const frozen = runtime.pause(id);
    return works.track(id, { kind: 'resting', engine: ignored(frozen), whole: this.#freeze(id, frozen) });
  }

  async #freeze(id: string, frozen: Promise<void>): Promise<void> {
    const { store, now, onUnfinished } = this.#options;
    try {
      await frozen;
    } catch (error) {
      const { code, message } = error as ApiError;
      if (code !== 'DOCKER::SANDBOX_PAUSE_FAILED') onUnfinished();
      else store.update(id, ['Pausing'], { ...runs, message, transitionAt: now() });
      throw error;
    }
    const isIdle = store.mustGet(id).idleSince !== undefined;
    const status = isIdle
      ? ({ reason: 'idle_frozen', message: 'Nobody uses it: it is frozen until somebody does.' } as const)
      : ({ reason: 'container_paused', message: 'It was paused.' } as const);
    if (!store.update(id, ['Pausing'], { state: 'Paused', ...status, frozen: 0, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_RUNNING', 'running', store.mustGet(id));
    }
    if (isIdle) this.#options.tierChanges.note('sunk', 'frozen');
  }

  /** Has the engine let one go on. An agent that answers was let go on, whatever the engine says later: what that is, reconcile finds out. */
  #wake(id: string): Work {
    const { runtime, onUnfinished } = this.#options;
    const answered = new AbortController();
    const thawed = runtime.unpause(id);
    const awake = this.#thaw(id, thawed).finally(() => answered.abort());
    const quiet = thawed.then(() => insist(runtime, id, answered.signal), onUnfinished);
    const whole = awake.finally(() => quiet);
    return { kind: 'waking', engine: ignored(thawed), awake, whole };
  }

  /** Waits for the agent of one that the engine is letting go on. */
  async #thaw(id: string, thawed: Promise<void>): Promise<void> {
    const { store, now, onUnfinished } = this.#options;
    const stop = new AbortController();
    try {
      thawed.catch((error) => stop.abort(error));
      await answers(id, { ...this.#options, stop: stop.signal });
    } catch (error) {
      onUnfinished();
      throw error;
    }
    if (store.get(id)?.idleSince !== undefined) this.#options.tierChanges.note('woken', 'frozen');
    const running = { ...runs, message: 'The agent answers.', transitionAt: now() };
    // Frozen memory doesn't outlive the machine, nor need the word that it was let go on.
    store.lightly(() => store.update(id, ['Resuming'], running));
  }
}

/** What is told of a sandbox that isn't in the state from which this can be done. */
function conflict(
  code: 'DOCKER::SANDBOX_NOT_RUNNING' | 'DOCKER::SANDBOX_NOT_PAUSED',
  wanted: string,
  { id, state, message }: SandboxRow,
): ApiError {
  return new ApiError(code, `Sandbox ${id} is not ${wanted} but ${state}: ${message}`);
}
