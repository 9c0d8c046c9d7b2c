import { Backlog } from './backlog.ts';
import type { Death } from './death.ts';
import type { Kernel } from './kernel.ts';
import { errorOutput, outputEvents, type Untimed } from './outputs.ts';
import type { Message } from './wire.ts';

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
  /** An output that is displayed again comes twice: as an update of the earlier one, and as itself. */
  #lastMessageId = '';

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
    const { reply, death } = await kernel.execute(code, (message) => this.#take(message));
    this.#running.resolve();
    if (reply) this.#settle(reply);
    onFree();
    const milliseconds = Math.round(performance.now() - this.#startedAt);
    if (death) this.#push({ type: 'error', error: deathError(death) });
    else this.#push({ type: 'execution_complete', execution_time: milliseconds });
    this.#backlog.end();
  }

  #take(message: Message): void {
    if (message.header.msg_type === 'execute_input') {
      this.#count = countIn(message.content);
      this.#running.resolve();
      return;
    }
    if (message.header.msg_id === this.#lastMessageId) return;
    this.#lastMessageId = message.header.msg_id;
    for (const event of outputEvents(message)) {
      if (message.header.msg_type === 'execute_result') this.#pushCount();
      if (event.type === 'error') this.#fail();
      this.#push(event);
    }
  }

  #settle(reply: Record<string, unknown>): void {
    this.#count ??= countIn(reply);
    if (reply.status === 'ok' || this.#failed) {
      this.#pushCount();
      return;
    }
    // Some kernels tell of an error only here, and of an interrupt only by `aborted`.
    this.#fail();
    this.#push({
      type: 'error',
      error: errorOutput({ ename: 'Aborted', evalue: 'The kernel aborted the cell.', ...reply }),
    });
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

function deathError({ how, lastWords }: Death): { ename: string; evalue: string; traceback: string[] } {
  const evalue = `The kernel ${how}. What its cells had defined is gone; the next cell starts a new kernel.`;
  return { ename: 'KernelDied', evalue, traceback: lastWords };
}

function countIn(content: unknown): number | undefined {
  const count = (content as { execution_count?: unknown }).execution_count;
  return Number.isSafeInteger(count) ? (count as number) : undefined;
}
