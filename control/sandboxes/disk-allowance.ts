/** What one may write beyond what it has, before it is taken to grow: a sixteenth of its limit, as logs and caches want. */
const slackShare = 16;
const mostSlack = 256 * 1024 ** 2;

/** How much sandboxes that were over their limit may have until they are stopped again: they are woken for what is in them to be deleted. */
export class DiskAllowances {
  /** Bytes by id; undefined: to be settled by the next look. */
  readonly #allowed = new Map<string, number | undefined>();

  /** One is being stopped because it has too much, or was. */
  open(id: string): void {
    this.#allowed.set(id, undefined);
  }

  /** True for one that is over its limit, and of which it isn't known yet how much it may have. */
  isOpen(id: string): boolean {
    return this.#allowed.has(id) && this.#allowed.get(id) === undefined;
  }

  /**
   * True for one that has to be stopped: it has more than its limit, and grows beyond what it had when it was stopped for that. What it
   * has deleted since it can't write again, as long as it is over its limit.
   */
  isExceeded(id: string, used: number, limit: number): boolean {
    if (used <= limit) {
      this.#allowed.delete(id);
      return false;
    }
    if (!this.#allowed.has(id)) return true;
    const allowed = this.#allowed.get(id);
    if (allowed !== undefined && used > allowed) return true;
    const slack = Math.min(mostSlack, limit / slackShare);
    this.#allowed.set(id, Math.min(allowed ?? Number.POSITIVE_INFINITY, used + slack));
    return false;
  }

  /** Of those that are no more. */
  forget(id: string): void {
    this.#allowed.delete(id);
  }

  /** Whom it knows of. */
  ids(): string[] {
    return [...this.#allowed.keys()];
  }
}
