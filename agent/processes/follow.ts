import type { RunningProcess } from './process.ts';
import { type OutputRecord, Scratch } from './ring.ts';

/** Between looks at a ring that has just been written to. A bell for every append would cost four times the processor. */
const pollMs = 5;
/** Empty looks before going back to waiting for the bell. */
const patience = 3;

/** Some output in order, or `missed`: bytes that were given up before this reader came to them. */
export interface Batch {
  records: OutputRecord[];
  missed: number;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** Bytes of both streams that this reader has seen before: only what is given up beyond them counts as missed. */
  seen?: number;
  /** This reader holds the writer back: it is acknowledged what it came back for. */
  holds?: boolean;
  /** False: ends when there is no more output for now. */
  waits?: boolean;
}

/**
 * Everything a process puts out, from the oldest byte there is, until it ended and all was read. A batch counts as read when
 * the next one is asked for, and its bytes are there until then.
 */
export async function* follow(process: RunningProcess, options: FollowOptions): AsyncGenerator<Batch> {
  const { signal, seen = 0, holds = false, waits = true } = options;
  let ringPosition = process.ring.state().tail;
  let position = 0;
  let empty = 0;
  const scratch = new Scratch();
  while (!signal.aborted) {
    // The end is looked up first: what was written before it is then certainly seen.
    const status = process.status;
    const { records, next, head } = process.ring.read(ringPosition, scratch);
    const first = records[0];
    if (first) {
      const missed = Math.max(0, first.position - Math.max(position, seen));
      const last = records.at(-1)!;
      position = last.position + last.data.length;
      empty = 0;
      yield { records, missed };
      ringPosition = next;
      if (holds) process.hold(next);
      if (status && position >= status.position) return;
      continue;
    }
    if (status || !waits) return;
    if (position > 0 && empty++ < patience) {
      await process.news(signal, pollMs);
      continue;
    }
    scratch.drop();
    process.ring.askForBell();
    if (process.ring.state().head === head) await process.news(signal);
    empty = 0;
  }
}
