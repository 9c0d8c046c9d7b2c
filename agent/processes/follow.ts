import { type OutputRecord, type Ring, Scratch } from './ring.ts';

/** Between looks at a ring that has just been written to. A bell for every append would cost four times the processor. */
const pollMs = 5;
/** Empty looks before going back to waiting for the bell. */
const patience = 3;

/** Some output in order, or `missed`: bytes that were given up before this reader came to them. */
export interface Batch {
  records: OutputRecord[];
  missed: number;
  /** Bytes of both streams before what comes next. */
  position: number;
}

/** What can be followed: a process, or a stretch of what one puts out. */
export interface Followed {
  readonly ring: Ring;
  /** Known when it has ended. */
  readonly status: { position: number } | undefined;
  /** Looks whether it has ended: known at once. */
  look(): { position: number } | undefined;
  /** Counts one reader more; call what it returns when that one is gone. */
  enter(): () => void;
  /** Waits for the bell, the end, `ms`, or the signal; whichever is first. */
  news(signal: AbortSignal, ms?: number): Promise<void>;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** Ring position to begin at; the oldest there is unless given. */
  from?: number | undefined;
  /** Bytes of both streams that this reader has seen before: only what is given up beyond them counts as missed. */
  seen?: number;
  /** Is told the ring position that this reader has come to, at first and whenever it comes back for more. */
  reached?: (ringPosition: number) => void;
  /** False: ends when there is no more output for now. */
  waits?: boolean;
  /** What descendants put out after the process had ended is of interest too, as far as it is there. */
  beyondEnd?: boolean;
}

/**
 * Everything a process puts out, from the oldest byte there is, until it ended and all was read. A batch counts as read when
 * the next one is asked for, and its bytes are there until then. @throws RingClosed when the process was forgotten meanwhile
 */
export async function* follow(process: Followed, options: FollowOptions): AsyncGenerator<Batch> {
  const { signal, from, seen = 0, reached, waits = true, beyondEnd = false } = options;
  const leave = process.enter();
  const scratch = new Scratch();
  try {
    let ringPosition = from ?? process.ring.state().tail;
    let position = seen;
    let empty = patience;
    // Ring position of what comes last, once that is known: who writes faster than this reader reads must not keep it here.
    let last: number | undefined;
    reached?.(ringPosition);
    while (!signal.aborted) {
      // The end is looked up first: what was written before it is then certainly seen.
      if (process.status || !waits) last ??= process.ring.state().head;
      const { records: read, next, head } = process.ring.read(ringPosition, scratch);
      // And afterwards: what was written behind it is then certainly known to be.
      const end = beyondEnd || read.length === 0 ? undefined : process.look()?.position;
      const records = end === undefined ? read : read.filter((record) => record.position < end);
      const first = records[0]?.position ?? (read.length > 0 ? end : undefined) ?? position;
      const missed = Math.max(0, first - position);
      if (records.length > 0 || missed > 0) {
        const newest = records.at(-1);
        position = Math.max(position, newest ? newest.position + newest.data.length : first);
        yield { records, missed, position: first };
      }
      if (records.length < read.length || (last !== undefined && next >= last)) return;
      ringPosition = next;
      if (read.length > 0) {
        empty = 0;
        reached?.(next);
      } else if (empty++ < patience) {
        await process.news(signal, pollMs);
      } else {
        scratch.drop();
        process.ring.askForBell();
        if (process.ring.state().head === head) await process.news(signal);
      }
    }
  } finally {
    leave();
  }
}
