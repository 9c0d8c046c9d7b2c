import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '../../shared/api/metrics.ts';
import type { Sampler } from './sampler.ts';

/** As OpenSandbox's specification has it. */
const everyMs = 1000;

/** Metrics once a second, the first at once, until the signal. */
export async function* watch(sampler: Sampler, signal: AbortSignal): AsyncGenerator<Metrics> {
  while (!signal.aborted) {
    yield await sampler.sample();
    // Ends the wait by an exception; the end of the watch is no failure.
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
