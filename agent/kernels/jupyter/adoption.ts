/** Where a kernel answers at once. */
const leastMs = 1000;
const mostMs = 10_000;
/** What a cell that runs takes from its kernel's other channel, and chance, are less. */
const factor = 20;

/**
 * How long an adopted kernel gets to answer on the channel of cells before it counts as one that runs a cell, in ms: on a machine
 * that has much else to do, where it took `answeredMs` to answer on the channel that cells don't keep busy, it needs longer.
 */
export function adoptionMs(answeredMs: number): number {
  return Math.min(Math.max(leastMs, factor * answeredMs), mostMs);
}
