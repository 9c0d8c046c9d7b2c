/**
 * Work that several callers wait for at once and that is done once. Each may leave by its own signal; the work is given up
 * when the last has left.
 */
export class Shared<T> {
  readonly #running = new Map<string, { result: Promise<T>; callers: number; abort: AbortController }>();

  /** Joins the work called `key`, or starts it. @throws what the work throws, or the signal's reason */
  async join(key: string, work: (abort: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.callers += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([running.result, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      running.callers -= 1;
      if (running.callers === 0) {
        this.#running.delete(key);
        running.abort.abort();
      }
    }
  }

  #start(key: string, work: (abort: AbortSignal) => Promise<T>) {
    const abort = new AbortController();
    const running = { result: work(abort.signal), callers: 0, abort };
    // Nobody may be left to hear of the failure.
    running.result.catch(() => {});
    this.#running.set(key, running);
    return running;
  }
}
