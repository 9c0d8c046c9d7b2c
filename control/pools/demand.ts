/** Who asks once may ask again for as long. */
export const windowMs = 5 * 60_000;

/**
 * How many stand by: as many as were asked for in the last five minutes, but `min` at least and `max` at most. It grows at once with the
 * demand, and shrinks five minutes after it, one by one as the asking was: a burst leaves no pool that comes and goes.
 */
export class Demand {
  readonly #now: () => number;
  #asked: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Somebody has asked for one, and got it or not. */
  note(): void {
    this.#asked.push(this.#now());
  }

  /** How many are to stand by. */
  target({ min, max }: { min: number; max: number }): number {
    const since = this.#now() - windowMs;
    this.#asked = this.#asked.filter((at) => at > since).slice(-Math.max(max, 1));
    return Math.min(max, Math.max(min, this.#asked.length));
  }

  /** ms until it may shrink; undefined: it is as small as it gets. */
  get shrinksIn(): number | undefined {
    const first = this.#asked[0];
    return first === undefined ? undefined : Math.max(0, first + windowMs - this.#now());
  }
}
