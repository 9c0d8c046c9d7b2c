/** So many works at once; the others wait for a place, in the order in which they came. */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Does the work when there is a place for it. @throws the signal's reason when that comes first */
  async take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#free === 0) {
      const { promise: called, resolve, reject } = Promise.withResolvers<void>();
      const leave = () => {
        const at = this.#waiting.indexOf(resolve);
        // Whoever was called already hands the call on.
        if (at >= 0) this.#waiting.splice(at, 1);
        else this.#waiting.shift()?.();
        reject(signal.reason);
      };
      this.#waiting.push(resolve);
      signal.addEventListener('abort', leave, { once: true });
      await called.finally(() => signal.removeEventListener('abort', leave));
    }
    this.#free -= 1;
  }
}
