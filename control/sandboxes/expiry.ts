import type { Sandboxes } from './sandboxes.ts';

/** Node's timers count in 31 bits of milliseconds. */
const longestTimer = 2 ** 31 - 1;
/** After a failure, before the next try. */
const retryMs = 5000;

/** One timer for whatever is due next, as the index says. Survives restarts, since the times are in the database. */
export class Expiry {
  readonly #sandboxes: Sandboxes;
  readonly #log: (message: string, details: object) => void;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sandboxes: Sandboxes, log: (message: string, details: object) => void) {
    this.#sandboxes = sandboxes;
    this.#log = log;
    sandboxes.onDueChange(() => this.arm());
  }

  /** Sets the timer to the next due time. */
  arm(earliest = 0): void {
    clearTimeout(this.#timer);
    const due = this.#sandboxes.store.nextDue();
    if (this.#closed || due === undefined) return;
    const wait = Math.min(longestTimer, Math.max(earliest, due - Date.now()));
    this.#timer = setTimeout(() => void this.#settle(), wait).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #settle(): Promise<void> {
    const due = this.#sandboxes.store.due(Date.now());
    const outcomes = await Promise.allSettled(due.map((row) => this.#sandboxes.settleDue(row)));
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of failures) this.#log('a sandbox whose time is up could not be ended yet', { err: reason });
    this.arm(failures.length > 0 ? retryMs : 0);
  }
}
