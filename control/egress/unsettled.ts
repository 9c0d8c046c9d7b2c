/** Milliseconds between one round and the next: after news the first, then twice as long each time, up to the longest. */
const usualWaits = { first: 1000, longest: 30_000 };

type Log = (message: string, details: object) => void;

/**
 * Sandboxes of which it isn't known whether what the database says of their networks is in force. Each is put right in its turn,
 * again and again until that succeeds.
 */
export class Unsettled {
  readonly #settle: (id: string) => Promise<void>;
  readonly #log: Log;
  /** With whether it was told of. */
  readonly #ids = new Map<string, boolean>();
  readonly #waits: typeof usualWaits;
  #wait: number;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by the process's own clock. */
  #next = Number.POSITIVE_INFINITY;
  #round: Promise<void> | undefined;
  #isClosed = false;

  /** `settle` succeeds too for what has no network any more. */
  constructor(settle: (id: string) => Promise<void>, log: Log, waits = usualWaits) {
    this.#settle = settle;
    this.#log = log;
    this.#waits = waits;
    this.#wait = waits.first;
  }

  /** Has sandboxes put right, as soon as there is time. */
  begin(ids: readonly string[]): void {
    for (const id of ids) this.#ids.set(id, false);
    this.#plan(0);
  }

  /** Has one put right after a moment: it has just failed. */
  add(id: string): void {
    if (!this.#ids.has(id)) this.#ids.set(id, false);
    this.#wait = this.#waits.first;
    this.#plan(this.#wait);
  }

  /** Nothing has to be done for it any more. */
  delete(id: string): void {
    this.#ids.delete(id);
  }

  /** Waits for the one that is being put right, and begins nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #plan(ms: number): void {
    // A round under way plans the next one by itself.
    const at = performance.now() + ms;
    if (this.#isClosed || this.#round || this.#ids.size === 0 || at >= this.#next) return;
    clearTimeout(this.#timer);
    this.#next = at;
    this.#timer = setTimeout(() => {
      this.#next = Number.POSITIVE_INFINITY;
      this.#round = this.#all();
    }, ms).unref();
  }

  async #all(): Promise<void> {
    for (const id of [...this.#ids.keys()]) {
      if (this.#isClosed) return;
      // Put right by a change meanwhile.
      if (!this.#ids.has(id)) continue;
      try {
        await this.#settle(id);
        this.#ids.delete(id);
      } catch (error) {
        if (this.#ids.get(id) === false) {
          this.#log('a sandbox’s network policy could not be put in force; it is tried again', {
            sandbox: id,
            err: error,
          });
          this.#ids.set(id, true);
        }
      }
    }
    this.#round = undefined;
    this.#plan(this.#wait);
    this.#wait = Math.min(2 * this.#wait, this.#waits.longest);
  }
}
