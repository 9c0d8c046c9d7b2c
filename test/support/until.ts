import { setTimeout as delay } from 'node:timers/promises';

/** What one look may take off the time there is: while the machine stands still nothing can come to hold. */
const mostMs = 1000;

/**
 * Waits until a condition holds, looking often. `ms` only keeps a test that waits in vain from hanging: it counts what was
 * lived through, so that a machine that does something else for a while fails nothing. @throws Error that says what was waited for
 */
export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 60_000): Promise<void> {
  for (let left = ms; ; ) {
    const since = performance.now();
    if (await holds()) return;
    if (left <= 0) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await delay(5);
    left -= Math.min(performance.now() - since, mostMs);
  }
}
