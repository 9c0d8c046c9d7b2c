import { randomUUID } from 'node:crypto';
import { ApiError } from '../../shared/api/errors.ts';
import type { Wish } from '../kernels/choose-kernel.ts';
import type { ContextRecord } from '../kernels/context-record.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { baseEnvironment, childEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { workingDirectory } from '../users/working-directory.ts';
import { Context, type WhenBusy } from './context.ts';
import type { CellRequest, Execution } from './execution.ts';
import { Executions } from './executions.ts';
import { checkFigureFormats } from './figure-formats.ts';
import { checkVariables } from './variables/dialects.ts';

export interface ContextsOptions {
  kernels: Kernels;
  /** Events of cells that are kept for readers at most, all cells together. */
  historyBytes: number;
  /** What one cell may say. */
  outputBytes: number;
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
  /** Directory that relative working directories start from. */
  workdir: string;
  /** Whom cells run as. */
  caller(): Caller;
}

/** Where to run a cell, and when. */
export interface RunOptions {
  id: string | null | undefined;
  /** Counts where no context is named. */
  wish: Wish;
  whenBusy: WhenBusy;
}

/** The table of contexts; each language has a default one, and each kernel that is asked for by its name. */
export class Contexts {
  readonly executions: Executions;
  /** What a cell may say whose caller doesn't say. */
  readonly outputBytes: number;
  readonly #options: ContextsOptions;
  readonly #contexts = new Map<string, Context>();

  constructor(options: ContextsOptions) {
    this.#options = options;
    this.outputBytes = options.outputBytes;
    this.executions = new Executions(options.historyBytes);
    for (const { context, adopt } of options.kernels.left()) void this.#put(context).adopt(adopt);
  }

  /** Makes a context with a kernel that answers. @throws ApiError `KERNEL_NOT_AVAILABLE`, `WORKING_DIRECTORY_NOT_FOUND`, … */
  async create(wish: Wish, cwd: string | null | undefined): Promise<Context> {
    const { caller, workdir } = this.#options;
    const path = workingDirectory(cwd, { env: this.#environment(), caller: caller(), base: workdir });
    const chosen = await this.#options.kernels.resolve(wish);
    const context = this.#put({ id: randomUUID(), ...chosen, cwd: path, isDefault: false });
    await this.#orForget(context, context.start());
    return context;
  }

  /**
   * Begins to run a cell in the context with this id, else in the default one of the language or kernel, or has it wait there.
   * @throws ApiError `CONTEXT_NOT_FOUND`, `CONTEXT_BUSY`, `KERNEL_NOT_AVAILABLE`, …
   */
  async run(cell: CellRequest, { id, wish, whenBusy }: RunOptions): Promise<Execution> {
    const known = id ? this.get(id) : undefined;
    const kind = known?.record ?? (await this.#options.kernels.resolve(wish));
    checkVariables(kind.language, cell.variables);
    checkFigureFormats(kind.language, cell.figureFormats);
    const context = known ?? this.#default(kind);
    return await this.#orForget(context, context.run(cell, whenBusy));
  }

  /** Interrupts an execution, or takes it out of the queue. @throws ApiError `EXECUTION_NOT_FOUND`, `EXECUTION_NOT_RUNNING` */
  async stop(executionId: string): Promise<void> {
    const execution = this.executions.get(executionId);
    const context = this.#contexts.get(execution.contextId);
    if (execution.hasEnded || !context)
      throw new ApiError('EXECUTION_NOT_RUNNING', `Execution ${executionId} has ended.`, { field: 'id' });
    await context.stop(execution);
  }

  has(id: string): boolean {
    return this.#contexts.has(id);
  }

  /** @throws ApiError `CONTEXT_NOT_FOUND` */
  get(id: string): Context {
    const context = this.#contexts.get(id);
    if (context) return context;
    throw new ApiError('CONTEXT_NOT_FOUND', `context not found: ${id.slice(0, 128)}`, { field: 'id' });
  }

  /** All of them, or those of one language, oldest first. */
  list(language?: string): Context[] {
    return [...this.#contexts.values()].filter(({ record }) => !language || record.language === language);
  }

  /** How many run a cell, have one waiting, or get a kernel. */
  get atWork(): number {
    return this.list().filter(({ state }) => state !== 'idle' && state !== 'dead').length;
  }

  /** Deletes a context, and returns when nothing of its kernel is left. @throws ApiError `CONTEXT_NOT_FOUND` */
  async delete(id: string): Promise<void> {
    const context = this.get(id);
    this.#contexts.delete(id);
    await context.close();
  }

  async deleteAll(language: string): Promise<void> {
    await Promise.all(this.list(language).map(({ id }) => this.delete(id)));
  }

  /** Ends every kernel with everything it started. */
  async close(): Promise<void> {
    await Promise.all(this.list().map(({ id }) => this.delete(id)));
    await this.#options.kernels.close();
  }

  #default(chosen: Pick<ContextRecord, 'language' | 'kernel' | 'server'>): Context {
    const { language, kernel, server } = chosen;
    const existing = this.list(language).find(({ record }) => record.isDefault && record.kernel === kernel);
    return (
      existing ?? this.#put({ id: randomUUID(), language, kernel, server, cwd: this.#options.workdir, isDefault: true })
    );
  }

  #put(record: ContextRecord): Context {
    const { kernels, environ, keepHome } = this.#options;
    const { executions } = this;
    const environments = {
      now: () => this.#environment(),
      base: () => baseEnvironment(environ, this.#options.caller(), { keepHome }),
    };
    const start = (signal: AbortSignal) => kernels.start(record, signal);
    const context = new Context({ record, executions, environments, start });
    this.#contexts.set(record.id, context);
    return context;
  }

  /** A context that never had a kernel is nothing to keep. */
  async #orForget<T>(context: Context, started: Promise<T>): Promise<T> {
    try {
      return await started;
    } catch (error) {
      if (context.isUnused) this.#contexts.delete(context.id);
      throw error;
    }
  }

  /** What processes of the user's get now. */
  #environment(): Record<string, string> {
    const { environ, keepHome } = this.#options;
    return childEnvironment(environ, this.#options.caller(), { keepHome });
  }
}
