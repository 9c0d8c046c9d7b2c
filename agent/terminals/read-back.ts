import type { Run } from './run.ts';

/** Output that is there still, without a gap. */
export interface ReadBack {
  /** Where it begins: later than asked for when that was given up. */
  offset: number;
  bytes: Buffer[];
  /** Where it ends, as an offset and as a position in the last run's ring. */
  end: number;
  ringPosition: number;
}

/**
 * Output of a terminal's runs from an offset on, up to now, or up to the start of `next`. It is read at once, but a fast writer may
 * overtake it: then what follows the gap counts.
 */
export function readBack(runs: readonly Run[], since: number, next?: Run): ReadBack {
  const last = runs.at(-1);
  const start = Math.min(since, (next ? next.record.base : last?.offset) ?? 0);
  const found: ReadBack = { offset: start, bytes: [], end: start, ringPosition: 0 };
  for (const run of runs) {
    found.ringPosition = 0;
    if (run !== next) readRun(run, found);
  }
  const base = last?.record.base ?? 0;
  // Nothing is left of what was put out before the last run, and that has put out nothing.
  return found.end < base ? { ...found, offset: base, bytes: [], end: base } : found;
}

function readRun({ process, record: { base } }: Run, found: ReadBack): void {
  const { head } = process.ring.state();
  while (found.ringPosition < head) {
    const { records, next } = process.ring.read(found.ringPosition);
    // What others go on writing when the shell has ended belongs to no run.
    const end = process.look()?.position ?? Number.POSITIVE_INFINITY;
    for (const { position, data } of records) {
      const at = base + position;
      if (position >= end || at + data.length <= found.end) continue;
      if (at > found.end) Object.assign(found, { offset: at, bytes: [], end: at });
      found.bytes.push(data.subarray(found.end - at));
      found.end = at + data.length;
    }
    if (records.length === 0) return;
    found.ringPosition = next;
  }
}
