import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { callAgent } from './agent.ts';
import type { Connections } from './connections.ts';
import type { SandboxStore } from './store.ts';

/** Between two knocks at an agent that was just let go on. */
const knockMs = 20;
/** Between two looks at the engine, whether there is anybody to knock at. */
const lookMs = 500;

export interface KnockOptions {
  store: SandboxStore;
  runtime: Runtime;
  connections: Connections;
  /** From a resume until the agent has to answer. */
  readyTimeoutMs: number;
  /** Ends the knocking: there is nobody to answer. */
  stop: AbortSignal;
}

/**
 * Knocks until the agent of a sandbox that is being resumed answers, or it isn't to be resumed any more. One that is still frozen
 * answers the first knock as soon as it is let go on. @throws ApiError `DOCKER::SANDBOX_RESUME_FAILED`, `DOCKER::SANDBOX_NOT_PAUSED`
 */
export async function answers(
  id: string,
  { store, runtime, connections, readyTimeoutMs, stop }: KnockOptions,
): Promise<void> {
  const late = AbortSignal.timeout(readyTimeoutMs);
  const signal = AbortSignal.any([late, stop]);
  let looked = performance.now();
  for (;;) {
    const row = store.mustGet(id);
    if (row.state !== 'Resuming') {
      throw new ApiError('DOCKER::SANDBOX_NOT_PAUSED', `Sandbox ${id} is not paused but ${row.state}: ${row.message}`);
    }
    try {
      await callAgent(runtime, row, { method: 'GET', path: '/ping', signal, via: connections.of(id) });
      return;
    } catch (error) {
      stop.throwIfAborted();
      if (late.aborted) {
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
