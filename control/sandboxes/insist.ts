import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../runtimes/runtime.ts';

/** An agent that was let go on answers long before. */
const insistMs = 1000;

/**
 * Asks the engine again and again to let a sandbox go on, until the signal says that it does. Docker 20.10 hears of its own deeds once more
 * from containerd, and late on a busy machine: of a wake that came before the last freeze it takes what is frozen for running, and
 * leaves it so. Settles when no request of it is under way, and never rejects.
 */
export async function insist(runtime: Pick<Runtime, 'unpause'>, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(insistMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    await runtime.unpause(id).catch(() => {});
  }
}
