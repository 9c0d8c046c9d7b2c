/**
 * What is done to one key happens one after the other, in the order of asking. What is asked for in the same words while an
 * earlier call of it has not come to its end is that call.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #same = new Map<string, Promise<unknown>>();

  /** Does the work when all that was asked for `key` earlier is done. @throws what the work throws */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = (async () => {
      await before?.catch(() => {});
      return work();
    })();
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  /** The same, unless it is under way or waits already: then `joined`, and what comes of that. `words`: what is asked for. */
  async share<T>(key: string, words: string, work: () => Promise<T>): Promise<{ value: T; joined: boolean }> {
    const name = `${key}\0${words}`;
    const begun = this.#same.get(name) as Promise<T> | undefined;
    if (begun) return { value: await begun, joined: true };
    const mine = this.take(key, work).finally(() => this.#same.delete(name));
    this.#same.set(name, mine);
    return { value: await mine, joined: false };
  }

  /** Settles, and never rejects, when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }
}
