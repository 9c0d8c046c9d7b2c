import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { callAgent } from './agent.ts';
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

/** A pause or resume of this process that is under way. */
interface Work {
  state: 'Pausing' | 'Resuming';
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
    const begun = this.#works.get(id);
    if (begun?.state === 'Pausing') return begun.whole;
    const pausing = { state: 'Pausing', reason: 'user_pause', message: 'It is being paused.' } as const;
    if (!store.update(id, ['Running'], { ...pausing, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_RUNNING', 'running', store.get(id), id);
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
    const begun = this.#works.get(id);
    if (begun?.state === 'Resuming') return begun.whole;
    const resuming = { state: 'Resuming', reason: 'user_resume', message: 'It is being resumed.' } as const;
    if (!store.update(id, ['Paused'], { ...resuming, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_PAUSED', 'paused', store.get(id), id);
    }
    const thawed = runtime.unpause(id);
    return this.#track(id, { state: 'Resuming', engine: settled(thawed), whole: this.#thaw(id, thawed) });
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
    if (!store.update(id, ['Pausing'], { ...paused, transitionAt: now() })) {
      throw conflict('DOCKER::SANDBOX_NOT_RUNNING', 'running', store.get(id), id);
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
      const row = store.get(id);
      if (row?.state !== 'Resuming') throw conflict('DOCKER::SANDBOX_NOT_PAUSED', 'paused', row, id);
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
  row: SandboxRow | undefined,
  id: string,
): ApiError {
  if (!row) {
    return new ApiError('DOCKER::SANDBOX_NOT_FOUND', `There is no sandbox ${id.slice(0, 100)}.`, {
      field: 'sandboxId',
    });
  }
  return new ApiError(code, `Sandbox ${id} is not ${wanted} but ${row.state}: ${row.message}`);
}
