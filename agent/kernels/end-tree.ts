import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../processes/process.ts';

const pollMs = 5;
/** Only a process that hangs inside the system kernel outlives SIGKILL for so long, or one whose runner is stopped again and again. */
const mostMs = 5000;

/**
 * Ends a process and everything below it by SIGKILL, what it left behind included; returns when nothing is left. What can't be ended
 * counts as lost, so that nobody waits for it for ever.
 */
export async function endTree(process: RunningProcess): Promise<void> {
  const until = performance.now() + mostMs;
  do {
    process.kill(true);
    await Promise.race([process.ended, delay(pollMs * 20)]);
    if (!process.hasRunner) return;
    await delay(pollMs);
    if (!process.status) process.wake();
  } while (performance.now() < until);
  process.giveUp();
}
