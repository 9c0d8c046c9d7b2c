import type { Death } from '../kernels/death.ts';
import type { CellOutcome, Kernel } from '../kernels/kernel.ts';
import type { CellError, Output } from '../kernels/output.ts';
import { Backlog } from './backlog.ts';
import { errorEvent, outputEvents, type Untimed } from './events.ts';

export interface ExecutionOptions {
  contextId: string;
  kernel: Kernel;
  code: string;
  /** Told on standard error before anything else. */
  notice: string | undefined;
  backlogBytes: number;
  /** Called when the kernel is free again, before the reader hears of the end. */
  onFree: () => void;
}

/**
 * One run of a cell: its events in OpenSandbox's order. It goes on when its reader leaves. The last event is
 * `execution_complete`, after `error` where the cell failed; a cell whose kernel died ends with that `error`, as it was
 * never completed.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #backlog: Backlog;
  readonly #startedAt = performance.now();
  readonly #running = Promise.withResolvers<void>();
  #count: number | undefined;
  #counted = false;
  #failed = false;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.backlogBytes);
    this.#push({ type: 'init', text: options.contextId });
    if (options.notice) this.#push({ type: 'stderr', text: options.notice });
    void this.#run();
  }

  /** Settles when the kernel has begun with the code, or the cell is over: an interrupt before that would be lost. */
  get running(): Promise<void> {
    return this.#running.promise;
  }

  /** The events as frames, for one reader. */
  read(signal: AbortSignal): AsyncGenerator<string> {
    return this.#backlog.read(signal);
  }

  async #run(): Promise<void> {
    const { kernel, code, onFree } = this.#options;
    const { outcome, death } = await kernel.execute({ code, take: (output) => this.#take(output) });
    this.#running.resolve();
    if (outcome) this.#settle(outcome);
    onFree();
    const milliseconds = Math.round(performance.now() - this.#startedAt);
    if (death) this.#push(errorEvent(deathError(death)));
    else this.#push({ type: 'execution_complete', execution_time: milliseconds });
    this.#backlog.end();
  }

  #take(output: Output): void {
    if (output.type === 'begun') {
      this.#count = output.count;
      this.#running.resolve();
    }
    if (output.type === 'result') this.#pushCount();
    if (output.type === 'error') this.#fail();
    for (const event of outputEvents(output)) this.#push(event);
  }

  #settle({ count, error }: CellOutcome): void {
    this.#count ??= count;
    if (!error || this.#failed) {
      this.#pushCount();
      return;
    }
    this.#fail();
    this.#push(errorEvent(error));
  }

  #fail(): void {
    this.#failed = true;
    this.#pushCount();
  }

  #pushCount(): void {
    if (this.#counted || this.#count === undefined) return;
    this.#counted = true;
    this.#push({ type: 'execution_count', execution_count: this.#count });
  }

  #push(event: Untimed): void {
    this.#backlog.push({ ...event, timestamp: Date.now() });
  }
}

function deathError({ how, lastWords }: Death): CellError {
  const evalue = `The kernel ${how}. What its cells had defined is gone; the next cell starts a new kernel.`;
  return { ename: 'KernelDied', evalue, traceback: lastWords };
}
