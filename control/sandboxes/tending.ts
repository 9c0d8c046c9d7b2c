import { DiskWatch } from './disk-watch.ts';
import { Expiry } from './expiry.ts';
import { Idleness } from './idleness.ts';
import type { Sandboxes } from './sandboxes.ts';

/** What is done to sandboxes by the clock: those whose time is up end, those that nobody uses sink, those that have too much on their disk are stopped. */
export class Tending {
  readonly #expiry: Expiry;
  readonly #idleness: Idleness;
  readonly #disks: DiskWatch;

  constructor(
    sandboxes: Sandboxes,
    { diskLookSeconds }: { diskLookSeconds: number },
    log: (message: string, details: object) => void,
  ) {
    this.#expiry = new Expiry(sandboxes, log);
    this.#idleness = new Idleness(sandboxes, log);
    this.#disks = new DiskWatch({ sandboxes, lookSeconds: diskLookSeconds, log });
  }

  /** Begins with those that there are. */
  begin(): void {
    this.#expiry.arm();
    this.#idleness.watch();
    this.#disks.watch();
  }

  /** Begins nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#expiry.close();
    await Promise.all([this.#idleness.close(), this.#disks.close()]);
  }
}
