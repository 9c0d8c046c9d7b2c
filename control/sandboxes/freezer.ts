import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { callAgent } from './agent.ts';
import { allStates } from './states.ts';
import type { SandboxRow, SandboxStore } from './store.ts';

/** Between two knocks at an agent that was just let go on. */
const knockMs = 20;
/** Between two looks at the engine, whether there is anybody to knock at. */
const lookMs = 500;

export interface FreezerOptions {
  store: SandboxStore;
  runtime: Runtime;
  now: () => number;
  /** From a resume until the agent has to answer. */
  readyTimeoutMs: number;
  /** Calls back when it isn't known what the engine did: reconcile has to look. */
  onUnfinished: () => void;
}

/** What this process is doing to a sandbox: pausing it, resuming it, or keeping it still for a moment. */
interface Work {
  state: 'Pausing' | 'Resuming' | 'still';
  /** Settles when the engine is done with it. Never rejects. */
  engine: Promise<void>;
  /** Settles when all of it is done. */
  whole: Promise<void>;
}

/** Pauses and resumes sandboxes. Two requests for the same at once are one; whatever it was told, the row says what is. */
export class Freezer {
  readonly #options: FreezerOptions;
  readonly #works = new Map<string, Work>();

  constructor(options: FreezerOptions) {
    this.#options = options;
  }

  /** Settles, and never rejects, when a pause or resume that is under way has come to its end. Undefined when none is. */
  underWay(id: string): Promise<void> | undefined {
    return this.#works.get(id)?.whole.catch(() => undefined);
  }

  /** Waits until the engine isn't at it: a process that is frozen in the middle of its end would never come to it. */
  async engineDone(id: string): Promise<void> {
    await this.#works.get(id)?.engine;
  }

  /**
   * Freezes a running sandbox, and returns when it is.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_RUNNING`, `DOCKER::SANDBOX_PAUSE_FAILED`, and when
   * the engine doesn't answer
   */
  async pause(id: string): Promise<void> {
    const { store, runtime, now } = this.#options;
    let begun = this.#works.get(id);
    for (; begun?.state === 'still'; begun = this.#works.get(id)) await begun.whole;
    if (begun?.state === 'Pausing') return begun.whole;
    const pausing = { state: 'Pausing', reason: 'user_pause', message: 'It is being paused.' } as const;
    if (!store.update(id, ['Running'], { ...pausing, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_RUNNING', 'running', store.mustGet(id));
    }
    const frozen = runtime.pause(id);
    return this.#track(id, { state: 'Pausing', engine: settled(frozen), whole: this.#freeze(id, frozen) });
  }

  /**
   * Lets a paused sandbox go on, and returns when its agent answers.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_PAUSED`, `DOCKER::SANDBOX_RESUME_FAILED`, and when
   * the engine doesn't answer
   */
  async resume(id: string): Promise<void> {
    const { store, runtime, now } = this.#options;
    let begun = this.#works.get(id);
    for (; begun?.state === 'still'; begun = this.#works.get(id)) await begun.whole;
    if (begun?.state === 'Resuming') return begun.whole;
    const resuming = { state: 'Resuming', reason: 'user_resume', message: 'It is being resumed.' } as const;
    if (!store.update(id, ['Paused'], { ...resuming, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_PAUSED', 'paused', store.mustGet(id));
    }
    const thawed = runtime.unpause(id);
    return this.#track(id, { state: 'Resuming', engine: settled(thawed), whole: this.#thaw(id, thawed) });
  }

  /**
   * Does something while nothing runs in a sandbox. One that runs is frozen for it, which is no pause: its state stays what it is,
   * and who is connected only waits. A pause or resume that is under way ends first, one that is asked for meanwhile waits.
   * @throws ApiError what the work throws, or the engine when it doesn't freeze it
   */
  async still<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { store, runtime } = this.#options;
    for (let begun = this.#works.get(id); begun; begun = this.#works.get(id)) await settled(begun.whole);
    const runs = store.update(id, ['Running'], { frozen: 1 });
    const frozen = runs ? runtime.pause(id) : Promise.resolve();
    const { promise: whole, resolve } = Promise.withResolvers<void>();
    void this.#track(id, { state: 'still', engine: settled(frozen), whole });
    try {
      await frozen;
      return await work();
    } finally {
      if (runs) await this.#goOn(id, frozen).catch(() => this.#options.onUnfinished());
      resolve();
      await this.underWay(id);
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

  async #freeze(id: string, frozen: Promise<void>): Promise<void> {
    const { store, now, onUnfinished } = this.#options;
    try {
      await frozen;
    } catch (error) {
      const { code, message } = error as ApiError;
      const running = { state: 'Running', reason: 'container_running', message } as const;
      if (code !== 'DOCKER::SANDBOX_PAUSE_FAILED') onUnfinished();
      else store.update(id, ['Pausing'], { ...running, transitionAt: now() });
      throw error;
    }
    const paused = { state: 'Paused', reason: 'container_paused', message: 'It was paused.' } as const;
    if (!store.update(id, ['Pausing'], { ...paused, frozen: 0, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_RUNNING', 'running', store.mustGet(id));
    }
  }

  async #thaw(id: string, thawed: Promise<void>): Promise<void> {
    const { store, now, onUnfinished } = this.#options;
    try {
      await thawed;
      await this.#answers(id);
    } catch (error) {
      onUnfinished();
      throw error;
    }
    const running = { state: 'Running', reason: 'container_running', message: 'The agent answers.' } as const;
    store.update(id, ['Resuming'], { ...running, transitionAt: now() });
  }

  /** Knocks until the agent answers, or the sandbox isn't to be resumed any more. */
  async #answers(id: string): Promise<void> {
    const { store, runtime, readyTimeoutMs } = this.#options;
    const signal = AbortSignal.timeout(readyTimeoutMs);
    let looked = performance.now();
    for (;;) {
      const row = store.mustGet(id);
      if (row.state !== 'Resuming') throw conflict('DOCKER::SANDBOX_NOT_PAUSED', 'paused', row);
      try {
        await callAgent(runtime, row, { method: 'GET', path: '/ping', signal });
        return;
      } catch (error) {
        if (signal.aborted) {
          const message = `It goes on, but its agent did not answer within ${readyTimeoutMs} ms.`;
          throw new ApiError('DOCKER::SANDBOX_RESUME_FAILED', message, { cause: error });
        }
      }
      if (performance.now() - looked > lookMs) {
        looked = performance.now();
        const facts = await runtime.inspect(id);
        if (facts?.state !== 'running') {
          const message = `It did not go on: its container is ${facts?.state ?? 'gone'}.`;
          throw new ApiError('DOCKER::SANDBOX_RESUME_FAILED', message);
        }
      }
      await delay(knockMs);
    }
  }

  #track(id: string, work: Work): Promise<void> {
    this.#works.set(id, work);
    work.whole = work.whole.finally(() => this.#works.delete(id));
    return work.whole;
  }
}

function settled(work: Promise<void>): Promise<void> {
  return work.catch(() => undefined);
}

/** What is told of a sandbox that isn't in the state from which this can be done. */
function conflict(
  code: 'DOCKER::SANDBOX_NOT_RUNNING' | 'DOCKER::SANDBOX_NOT_PAUSED',
  wanted: string,
  { id, state, message }: SandboxRow,
): ApiError {
  return new ApiError(code, `Sandbox ${id} is not ${wanted} but ${state}: ${message}`);
}
