import type { CodeContext, ContextState } from '../../shared/api/code.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { Death } from '../kernels/death.ts';
import type { Kernel } from '../kernels/kernel.ts';
import type { ContextRecord } from '../kernels/launch.ts';
import { Execution } from './execution.ts';

/** How long an interrupt waits for the kernel to begin with the cell that it is meant for. */
const beginMs = 2000;

export interface ContextOptions {
  record: ContextRecord;
  backlogBytes: number;
  /** Starts a kernel for it. */
  start(signal: AbortSignal): Promise<Kernel>;
}

/** A place for cells that share their state: one kernel, replaced when it has died. Runs one cell at a time. */
export class Context {
  readonly record: ContextRecord;
  readonly #options: ContextOptions;
  readonly #closing = new AbortController();
  #kernel: Kernel | undefined;
  #starting: Promise<Kernel> | undefined;
  /** How the kernel died that an earlier agent had started. */
  #lost: Death | undefined;
  #isTaken = false;
  #execution: Execution | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.record = options.record;
  }

  get id(): string {
    return this.record.id;
  }

  /** True once it has had a kernel that worked. */
  get hasKernel(): boolean {
    return this.#kernel !== undefined || this.#lost !== undefined;
  }

  get state(): ContextState {
    if (this.#starting) return this.hasKernel ? 'restarting' : 'starting';
    if (!this.#kernel || this.#kernel.death) return 'dead';
    return this.#isTaken || this.#kernel.isOccupied ? 'busy' : 'idle';
  }

  describe(): CodeContext {
    const { id, language, kernel, cwd } = this.record;
    return { id, language, kernel, cwd, state: this.state };
  }

  /** Makes sure that there is a living kernel. @throws ApiError `KERNEL_NOT_AVAILABLE`, `KERNEL_DIED`, … */
  async start(): Promise<Kernel> {
    if (this.#starting) return this.#starting;
    if (this.#kernel && !this.#kernel.death) return this.#kernel;
    return this.#startWith(() => this.#options.start(this.#closing.signal));
  }

  /** Goes on with the kernel that an earlier agent started for this context. */
  async adopt(adopt: (signal: AbortSignal) => Promise<Kernel>): Promise<void> {
    try {
      await this.#startWith(() => adopt(this.#closing.signal));
    } catch {
      this.#lost = { how: 'did not outlive the agent that had started it', lastWords: [] };
    }
  }

  /**
   * Begins to run a cell, on a new kernel where the last one has died.
   * @throws ApiError `CONTEXT_BUSY`, and what `start` throws
   */
  async run(code: string): Promise<Execution> {
    if (this.#isTaken || this.#kernel?.isOccupied) throw busy(this.id);
    this.#isTaken = true;
    try {
      if (this.#starting) await this.#starting;
      const death = this.#kernel ? this.#kernel.death : this.#lost;
      const kernel = await this.start();
      if (kernel.isOccupied) throw busy(this.id);
      this.#execution = new Execution({
        contextId: this.id,
        kernel,
        code,
        notice:
          death && `The kernel ${death.how}. What its cells had defined is gone; this cell runs in a new kernel.\n`,
        backlogBytes: this.#options.backlogBytes,
        onFree: () => {
          this.#execution = undefined;
          this.#isTaken = false;
        },
      });
      return this.#execution;
    } catch (error) {
      this.#isTaken = false;
      throw error;
    }
  }

  /** Interrupts the cell that runs; nothing happens when none does. */
  async interrupt(): Promise<void> {
    if (this.#starting) await this.#starting.catch(() => {});
    const execution = this.#execution;
    if (execution) await Promise.race([execution.running, pause(beginMs)]);
    if (execution ? execution === this.#execution : this.#kernel?.isOccupied) await this.#kernel?.interrupt();
  }

  /** Ends the kernel with everything it started; a cell that runs is told. */
  async close(): Promise<void> {
    this.#closing.abort(new ApiError('CONTEXT_NOT_FOUND', `Context ${this.id} was deleted.`));
    await this.#starting?.catch(() => {});
    await this.#kernel?.end();
  }

  async #startWith(start: () => Promise<Kernel>): Promise<Kernel> {
    this.#closing.signal.throwIfAborted();
    this.#starting = start();
    try {
      const kernel = await this.#starting;
      const last = this.#kernel;
      this.#kernel = kernel;
      void last?.end();
      return kernel;
    } finally {
      this.#starting = undefined;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function busy(id: string): ApiError {
  return new ApiError('CONTEXT_BUSY', `The session is busy: context ${id} runs another cell.`, {
    field: 'context',
    expected: 'a context that runs no cell',
  });
}
