import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until a condition holds, looking often. @throws Error that says what was waited for, after `ms`: long enough for a machine
 * that has much else to do, since nothing is asked of how quick anything is
 */
export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 60_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await delay(5);
  }
}
