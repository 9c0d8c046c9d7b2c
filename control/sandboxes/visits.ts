/** What is known of the use of one sandbox. */
interface Use {
  /** Requests that are in it now. */
  inside: number;
  /** When it was last used, by the process's own clock. */
  lastAt: number;
}

/**
 * Who is in sandboxes, and when they were last used. A request is counted before it is looked whether its sandbox is awake, and
 * none falls asleep while one is counted: so none ever meets a sandbox that is asleep. Kept in memory: what this process has not
 * seen used counts as used when it began.
 */
export class Visits {
  readonly #uses = new Map<string, Use>();
  readonly #began: number;
  readonly #now: () => number;

  /** `now`: ms of a clock that never jumps. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  /** Somebody comes in. Call what it returns when they are gone; a second call does nothing. */
  enter(id: string): () => void {
    const use = this.#touched(id);
    use.inside += 1;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      use.inside -= 1;
      use.lastAt = this.#now();
    };
  }

  /** It is used now, by somebody who doesn't stay. */
  touch(id: string): void {
    this.#touched(id);
  }

  /** True while somebody is in it. */
  isVisited(id: string): boolean {
    return (this.#uses.get(id)?.inside ?? 0) > 0;
  }

  /** When it was last used, by this process's clock: now, while somebody is in it. */
  lastAt(id: string): number {
    const use = this.#uses.get(id);
    if (!use) return this.#began;
    return use.inside > 0 ? this.#now() : use.lastAt;
  }

  /** For how many ms it has not been used. */
  idleMs(id: string): number {
    return this.#now() - this.lastAt(id);
  }

  /** It is gone. */
  forget(id: string): void {
    this.#uses.delete(id);
  }

  #touched(id: string): Use {
    const use = this.#uses.get(id) ?? { inside: 0, lastAt: 0 };
    use.lastAt = this.#now();
    this.#uses.set(id, use);
    return use;
  }
}
