import type { DiskUse } from '../runtimes/runtime.ts';

/** What was found of one. */
export interface DiskFound extends DiskUse {
  /** When that look began, ms since the epoch. */
  lookedAt: number;
}

/** What is known of sandboxes' disks since this process began. Without a loss it can be forgotten: it is looked for again. */
export class Disks {
  readonly #known = new Map<string, DiskFound>();
  #stops = 0;

  /** Undefined: it has not been looked at yet. */
  get(id: string): DiskFound | undefined {
    return this.#known.get(id);
  }

  /** Writes down what was found. */
  note(id: string, found: DiskFound): void {
    this.#known.set(id, found);
  }

  /** Counts one that was stopped because it had more than it may. */
  noteStop(): void {
    this.#stops += 1;
  }

  /** Of one that is no more. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** How many were stopped. */
  get stops(): number {
    return this.#stops;
  }

  /** Each by its id. */
  list(): [id: string, found: DiskFound][] {
    return [...this.#known];
  }
}
