import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from './process.ts';
import type { Marks } from './ring.ts';

/** Between looks when the bell is not to be counted on, and looks until an order is given again, which does no harm. */
const pollMs = 100;
const patience = 20;
/** Between looks at a process whose first one has ended: its bell is not listened to any more. */
const endedPollMs = 2;

/**
 * Sets a mark in the output of a process that does one thing after another: all that was written before lies before it, and everybody
 * below its first process is no newcomer from then on. Returns how many bytes of both streams lie before it, undefined when
 * its runner is gone. `number` is above 0 and tells this mark from others; a mark that is set already is not set again.
 */
export async function setMark(process: RunningProcess, number: number): Promise<number | undefined> {
  const marks = await obeyed(process, `mark ${number}`, ({ mark }) => mark === number);
  return marks?.markedAt;
}

/**
 * Sends a signal (0: none) to the newcomers: whoever came since the last mark, except the first process and what others of before have
 * started. Returns how many of them one look has found; 0 means none only when asked after the last could fork.
 */
export async function signalNewcomers(process: RunningProcess, signal: number): Promise<number> {
  if (process.isClosed) return 0;
  const { counts } = process.ring.marks();
  const marks = await obeyed(process, `signal new ${signal}`, (now) => now.counts > counts);
  return marks?.left ?? 0;
}

/** Signals the first process alone, as long as it lives. */
export function signalFirst(process: RunningProcess, signal: number): void {
  process.order(`signal first ${signal}`);
}

async function obeyed(
  process: RunningProcess,
  line: string,
  isDone: (marks: Marks) => boolean,
): Promise<Marks | undefined> {
  const never = new AbortController().signal;
  for (let look = 0; !process.isClosed; look += 1) {
    const marks = process.ring.marks();
    if (isDone(marks)) return marks;
    // One look more: it may have obeyed and gone.
    const isGone = look % patience === 0 ? !process.order(line) : !process.hasRunner;
    if (isGone) return isDone(process.ring.marks()) ? process.ring.marks() : undefined;
    if (process.status) await delay(endedPollMs);
    else await process.news(never, pollMs);
  }
  return undefined;
}
