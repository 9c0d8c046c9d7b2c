import { setTimeout as delay } from 'node:timers/promises';
import type { Kernel } from './kernel.ts';
import type { LaunchedKernel } from './launch.ts';

/** The cell that a spare is claimed for comes first: others take the processor from it. */
const pauseMs = 100;

/** A kernel that waits for a context. */
export interface Spare {
  kernel: Kernel;
  launched: LaunchedKernel;
  /** Environment that it was started with. */
  env: Record<string, string>;
}

export interface SparesOptions {
  /** How many are kept. */
  count: number;
  warn(message: string, error?: unknown): void;
}

/** Kernels that wait for the next contexts, all of the kind that was asked for last. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #closing = new AbortController();
  #kind = '';
  #spares: Spare[] = [];
  #filling: Promise<void> | undefined;

  constructor(options: SparesOptions) {
    this.#options = options;
  }

  /** The one that has waited longest, if there is one of this kind. */
  take(kind: string): Spare | undefined {
    return kind === this.#kind ? this.#spares.shift() : undefined;
  }

  /** Has as many again of this kind, in a while. `make` starts one. */
  fill(kind: string, make: (signal: AbortSignal) => Promise<Spare | undefined>): void {
    if (kind !== this.#kind) {
      void endAll(this.#spares.splice(0));
      this.#kind = kind;
    }
    this.#filling ??= this.#fill(make)
      .catch((error) => {
        if (!this.#closing.signal.aborted) this.#options.warn('a spare kernel could not be started', error);
      })
      .finally(() => {
        this.#filling = undefined;
      });
  }

  /** The same, and settles when they are there; false when there is none. */
  async filled(kind: string, make: (signal: AbortSignal) => Promise<Spare | undefined>): Promise<boolean> {
    this.fill(kind, make);
    await this.#filling;
    return kind === this.#kind && this.#spares.length > 0;
  }

  /** Ends them all. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#filling;
    await endAll(this.#spares.splice(0));
  }

  async #fill(make: (signal: AbortSignal) => Promise<Spare | undefined>): Promise<void> {
    const { signal } = this.#closing;
    const kind = this.#kind;
    await delay(pauseMs, undefined, { signal, ref: false });
    while (kind === this.#kind && this.#spares.length < this.#options.count && !signal.aborted) {
      const spare = await make(signal);
      if (!spare) return;
      if (kind !== this.#kind || signal.aborted) {
        await spare.kernel.end();
        return;
      }
      this.#spares.push(spare);
      void spare.kernel.died.then(() => this.#lose(spare));
    }
  }

  async #lose(spare: Spare): Promise<void> {
    if (!this.#spares.includes(spare)) return;
    this.#spares = this.#spares.filter((other) => other !== spare);
    await spare.kernel.end();
  }
}

async function endAll(spares: Spare[]): Promise<void> {
  await Promise.all(spares.map(({ kernel }) => kernel.end()));
}
