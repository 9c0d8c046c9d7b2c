import type { CodeContext, ContextState } from '../../shared/api/code.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { ContextRecord } from '../kernels/context-record.ts';
import type { Death } from '../kernels/death.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { contextDeleted, contextRestarted, newKernelNotice, notStarted, takenOut } from './ends.ts';
import type { CellRequest, Execution } from './execution.ts';
import type { Executions } from './executions.ts';
import { type Environments, KeptEnvironment } from './kept-environment.ts';
import { Queue } from './queue.ts';

export interface ContextOptions {
  record: ContextRecord;
  executions: Executions;
  environments: Environments;
  /** Starts a kernel for it. */
  start(signal: AbortSignal): Promise<Kernel>;
}

/** What becomes of a cell that comes while another one runs. */
export type WhenBusy = 'refuse' | 'queue';

/** A place for cells that share their state: one kernel, replaced when it has died. Runs one cell at a time. */
export class Context {
  readonly record: ContextRecord;
  readonly #options: ContextOptions;
  readonly #closing = new AbortController();
  readonly #queue = new Queue();
  readonly #environment: KeptEnvironment;
  #kernel: Kernel | undefined;
  #starting: Promise<Kernel> | undefined;
  #restarting: Promise<void> | undefined;
  /** How the kernel died that an earlier agent had started. */
  #lost: Death | undefined;
  #notice: string | undefined;
  /** True from when a cell was let in until none runs or waits. */
  #isTaken = false;
  #execution: Execution | undefined;
  /** Settles when nothing is left of the kernels before, which may take a server a while. */
  #formersEnded: Promise<unknown> = Promise.resolve();

  constructor(options: ContextOptions) {
    this.#options = options;
    this.record = options.record;
    this.#environment = new KeptEnvironment(options.environments, this.record.language);
  }

  get id(): string {
    return this.record.id;
  }

  /** True once it has had a kernel that worked. */
  get hasKernel(): boolean {
    return this.#kernel !== undefined || this.#lost !== undefined;
  }

  /** True when it never had a kernel, and no cell waits for one. */
  get isUnused(): boolean {
    return !this.hasKernel && !this.#isTaken && this.state === 'dead';
  }

  get state(): ContextState {
    if (this.#restarting) return 'restarting';
    if (this.#starting) return this.hasKernel ? 'restarting' : 'starting';
    if (!this.#kernel || this.#kernel.death) return 'dead';
    return this.#isTaken || this.#kernel.isOccupied ? 'busy' : 'idle';
  }

  describe(): CodeContext {
    const { id, language, kernel, cwd, server } = this.record;
    const running = this.#execution && { execution_id: this.#execution.id };
    const inServer = server && { server: { url: server.url } };
    return { id, language, kernel, cwd, state: this.state, queued: this.#queue.length, ...running, ...inServer };
  }

  /** Makes sure that there is a living kernel. @throws ApiError `KERNEL_NOT_AVAILABLE`, `KERNEL_DIED`, … */
  async start(): Promise<Kernel> {
    if (this.#starting) return this.#starting;
    if (this.#kernel && !this.#kernel.death) return this.#kernel;
    return this.#startNew();
  }

  /** Goes on with the kernel that an earlier agent started for this context. */
  async adopt(adopt: (signal: AbortSignal) => Promise<Kernel>): Promise<void> {
    try {
      this.#environment.goesOn();
      await this.#startWith(() => adopt(this.#closing.signal));
    } catch {
      this.#lost = { how: 'did not outlive the agent that had started it', lastWords: [] };
    }
  }

  /**
   * Begins to run a cell, on a new kernel where the last one has died, or has it wait for those that came before.
   * @throws ApiError `CONTEXT_BUSY`, and what `start` throws
   */
  async run(cell: CellRequest, whenBusy: WhenBusy): Promise<Execution> {
    const refuses = whenBusy === 'refuse';
    if (refuses && (this.#isTaken || this.#isOccupied)) throw busy(this.id);
    if (this.#isTaken) {
      this.#queue.checkRoom(this.id, cell.code.length);
      const execution = this.#open(cell);
      this.#queue.add(execution);
      return execution;
    }
    this.#isTaken = true;
    try {
      await this.#ready();
      if (refuses && this.#isOccupied) throw busy(this.id);
    } catch (error) {
      void this.#work(this.#nextInQueue());
      throw error;
    }
    const execution = this.#open(cell);
    void this.#work(execution);
    return execution;
  }

  /** Interrupts the cell that runs; nothing happens when none does. */
  async interrupt(): Promise<void> {
    await this.#starting?.catch(() => {});
    if (this.#isOccupied) await this.#kernel?.interrupt();
    else await this.#execution?.interrupt();
  }

  /** Interrupts one of its executions, or takes it out of the queue. */
  async stop(execution: Execution): Promise<void> {
    if (execution.isRunning) return await execution.interrupt();
    this.#queue.remove(execution);
    execution.cancel(takenOut());
  }

  /** Gives it a new kernel. A cell that runs is told; those that wait go on waiting. @throws ApiError as `start` */
  restart(): Promise<void> {
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  /** Ends the kernel with everything it started; cells that run and wait are told. */
  async close(): Promise<void> {
    this.#closing.abort(new ApiError('CONTEXT_NOT_FOUND', `Context ${this.id} was deleted.`));
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next.cancel(contextDeleted());
    if (this.#execution?.isRunning) this.#execution.endsBy(contextDeleted());
    else this.#execution?.cancel(contextDeleted());
    await this.#starting?.catch(() => {});
    await Promise.all([this.#formersEnded, this.#kernel?.end()]);
  }

  get #isOccupied(): boolean {
    return this.#kernel !== undefined && !this.#kernel.death && this.#kernel.isOccupied;
  }

  #open(cell: CellRequest): Execution {
    return this.#options.executions.open(this.record, cell);
  }

  /** Runs a cell, then what waits behind it. */
  async #work(first: Execution | undefined): Promise<void> {
    for (let execution = first; execution; ) {
      let next: Execution | undefined;
      const onFree = () => {
        next = this.#nextInQueue();
      };
      this.#execution = execution;
      try {
        const kernel = await this.#free();
        await this.#environment.bringTo(kernel);
        if (execution.hasEnded) onFree();
        else await execution.run({ kernel, notice: this.#takeNotice(), onFree });
      } catch (error) {
        onFree();
        execution.cancel(notStarted(error), 'died');
      }
      execution = next;
    }
  }

  /** The one whose turn it is now; without one, whoever comes next has not to wait. */
  #nextInQueue(): Execution | undefined {
    const next = this.#queue.shift();
    this.#execution = next;
    this.#isTaken = next !== undefined;
    return next;
  }

  /** A living kernel that runs nothing. */
  async #free(): Promise<Kernel> {
    for (;;) {
      const kernel = await this.#ready();
      if (!kernel.isOccupied) return kernel;
      await kernel.freed;
    }
  }

  /** A living kernel. Whoever runs the first cell in a new one is to be told what became of the one before. */
  async #ready(): Promise<Kernel> {
    await this.#restarting?.catch(() => {});
    await this.#starting?.catch(() => {});
    const death = this.#kernel ? this.#kernel.death : this.#lost;
    const kernel = await this.start();
    if (death) this.#notice = newKernelNotice(death);
    return kernel;
  }

  #takeNotice(): string | undefined {
    const notice = this.#notice;
    this.#notice = undefined;
    return notice;
  }

  async #restart(): Promise<void> {
    await this.#starting?.catch(() => {});
    this.#execution?.endsBy(contextRestarted());
    await this.#kernel?.end();
    this.#notice = undefined;
    await this.#startNew();
  }

  async #startNew(): Promise<Kernel> {
    return this.#startWith(() => {
      this.#environment.starts();
      return this.#options.start(this.#closing.signal);
    });
  }

  async #startWith(start: () => Promise<Kernel>): Promise<Kernel> {
    this.#closing.signal.throwIfAborted();
    this.#starting = start();
    try {
      const kernel = await this.#starting;
      this.#formersEnded = Promise.all([this.#formersEnded, this.#kernel?.end()]);
      this.#kernel = kernel;
      return kernel;
    } finally {
      this.#starting = undefined;
    }
  }
}

function busy(id: string): ApiError {
  return new ApiError('CONTEXT_BUSY', `The session is busy: context ${id} runs another cell.`, {
    field: 'context',
    expected: 'a context that runs no cell',
  });
}
