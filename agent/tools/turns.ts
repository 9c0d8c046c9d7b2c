/** One after the other, for each key. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs when those before it have ended, however they did. */
  async take<T>(key: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(run, run);
    const done = turn.catch(() => {});
    this.#last.set(key, done);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === done) this.#last.delete(key);
    }
  }
}
