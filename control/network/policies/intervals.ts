import type { Range } from '../ranges.ts';

/** What a range is ranked by: of two that hold an address the lower one decides. */
export interface Ranked {
  range: Range;
  rank: number;
}

/** Addresses from `first` to `last`, both among them, and the rank that decides about them. */
export interface Interval {
  first: bigint;
  last: bigint;
  rank: number;
}

/**
 * Ranges of one family as intervals that don't overlap, in order: each address is in none or in one, which has the lowest rank
 * of all ranges that hold it. Two ranges are never half in each other, so those that hold the place where the walk is are a
 * stack.
 */
export function flatten(ranked: readonly Ranked[], family: 4 | 6): Interval[] {
  const spans = ranked
    .filter(({ range }) => range.family === family)
    .map(({ range, rank }) => ({ first: range.first, last: lastOf(range), rank }))
    .sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const intervals: Interval[] = [];
  const around: Interval[] = [];
  let at = 0n;
  const upTo = (last: bigint) => {
    const inner = around.at(-1);
    if (inner !== undefined && at <= last) add(intervals, { first: at, last, rank: inner.rank });
    if (at <= last) at = last + 1n;
  };
  const leave = (before: bigint | undefined) => {
    for (let inner = around.at(-1); inner && (before === undefined || inner.last < before); inner = around.at(-1)) {
      upTo(inner.last);
      around.pop();
    }
  };
  for (const span of spans) {
    leave(span.first);
    upTo(span.first - 1n);
    around.push({ ...span, rank: Math.min(span.rank, around.at(-1)?.rank ?? span.rank) });
  }
  leave(undefined);
  return intervals;
}

/** The one that holds an address; undefined: none. */
export function intervalAt(intervals: readonly Interval[], address: bigint): Interval | undefined {
  let [low, high] = [0, intervals.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const interval = intervals[middle]!;
    if (address < interval.first) high = middle - 1;
    else if (address > interval.last) low = middle + 1;
    else return interval;
  }
  return undefined;
}

function add(intervals: Interval[], next: Interval): void {
  const before = intervals.at(-1);
  if (before !== undefined && before.rank === next.rank && before.last + 1n === next.first) before.last = next.last;
  else intervals.push(next);
}

function lastOf({ family, first, prefix }: Range): bigint {
  return first + (1n << BigInt((family === 4 ? 32 : 128) - prefix)) - 1n;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
