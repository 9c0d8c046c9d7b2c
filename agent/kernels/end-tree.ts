import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from '../processes/process.ts';

const pollMs = 5;
/** Only a process that hangs inside the system kernel outlives SIGKILL for so long. */
const mostMs = 5000;

/** Ends a process and everything below it by SIGKILL, what it left behind included; returns when nothing is left. */
export async function endTree(process: RunningProcess): Promise<void> {
  const until = performance.now() + mostMs;
  do {
    process.kill(true);
    await Promise.race([process.ended, delay(pollMs * 20)]);
    if (!process.hasRunner) break;
    await delay(pollMs);
  } while (performance.now() < until);
}
