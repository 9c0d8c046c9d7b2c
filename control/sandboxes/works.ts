/** What this process is doing to a sandbox: putting it to rest, waking it, or keeping it still for a moment. */
export interface Work {
  kind: 'resting' | 'waking' | 'still';
  /** Settles when the engine is done with it. Never rejects. */
  engine: Promise<void>;
  /** Settles when all of it is done. */
  whole: Promise<void>;
  /** Of one that is being woken: settles when its agent answers, which may be before the engine is done. Undefined: then, too. */
  awake?: Promise<void>;
}

/** What is under way with sandboxes: one thing at a time with each. */
export class Works {
  readonly #works = new Map<string, Work>();

  get(id: string): Work | undefined {
    return this.#works.get(id);
  }

  /** True for an engine's event that tells of nothing but what is under way. */
  explains(id: string, event: string): boolean {
    const kind = this.#works.get(id)?.kind;
    return (
      (kind === 'resting' && event === 'paused') || (kind === 'waking' && (event === 'unpaused' || event === 'started'))
    );
  }

  /**
   * Does what is to be done next when nothing is under way, or `done` says that what is needs not be waited for. It begins at the
   * very moment of the look, as others may have waited for the same.
   */
  async next<T>(
    id: string,
    begin: (work: Work | undefined) => Promise<T>,
    done: (work: Work) => boolean = () => false,
  ): Promise<T> {
    for (;;) {
      const work = this.#works.get(id);
      if (!work || done(work)) return begin(work);
      await ignored(work.whole);
    }
  }

  /** Settles, and never rejects, when what is under way has come to its end. Undefined: nothing is. */
  underWay(id: string): Promise<void> | undefined {
    const work = this.#works.get(id);
    return work && ignored(work.whole);
  }

  /** Keeps it for as long as it takes, and settles as it does. */
  track(id: string, work: Work): Promise<void> {
    this.#works.set(id, work);
    work.whole = work.whole.finally(() => {
      if (this.#works.get(id) === work) this.#works.delete(id);
    });
    return work.whole;
  }
}

/** Settles when it does, and never rejects. */
export function ignored(work: Promise<void>): Promise<void> {
  return work.catch(() => undefined);
}
