import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/**
 * A long synchronous task, cut up: every `yield` is a place to stop for a while. It yields a result, a promise to wait for
 * (with the agent's own rights: for bytes that move between open files), or nothing.
 */
export type Steps<T = never> = Generator<T | Promise<unknown> | undefined, void, undefined>;

/** Milliseconds that the event loop is held at a time. */
const sliceLength = 10;

/**
 * Carries out `steps` with the rights of `caller`, a slice at a time, and lets everything else run in between: rights belong to
 * the whole main thread, so the work has to be synchronous, and synchronous work has to be short. Yields each slice's results.
 * @throws what the steps throw, and the signal's reason when it is aborted
 */
export async function* inSlices<T>(caller: Caller, steps: Steps<T>, signal?: AbortSignal): AsyncGenerator<T[], void> {
  let failure: { reason: unknown } | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const slice = withRights(caller, () => runSlice(steps, failure));
      failure = await settled(slice.pending);
      if (slice.results.length > 0) yield slice.results;
      if (slice.done) return;
      if (!slice.pending) await nextTurn();
    }
  } finally {
    withRights(caller, () => steps.return());
  }
}

/** As `inSlices`, to the end at once: all results. @throws the signal's reason when it is aborted meanwhile */
export async function runInSlices<T>(caller: Caller, steps: Steps<T>, signal?: AbortSignal): Promise<T[]> {
  const results: T[] = [];
  for await (const slice of inSlices(caller, steps, signal)) for (const result of slice) results.push(result);
  return results;
}

interface Slice<T> {
  results: T[];
  pending?: Promise<unknown>;
  done?: boolean;
}

function runSlice<T>(steps: Steps<T>, failure: { reason: unknown } | undefined): Slice<T> {
  const end = performance.now() + sliceLength;
  const results: T[] = [];
  let step = failure ? steps.throw(failure.reason) : steps.next();
  while (!step.done) {
    if (step.value instanceof Promise) return { results, pending: step.value };
    if (step.value !== undefined) results.push(step.value);
    if (performance.now() >= end) return { results };
    step = steps.next();
  }
  return { results, done: true };
}

async function settled(promise: Promise<unknown> | undefined): Promise<{ reason: unknown } | undefined> {
  try {
    await promise;
    return undefined;
  } catch (reason) {
    return { reason };
  }
}
