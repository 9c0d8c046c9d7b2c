import { randomUUID } from 'node:crypto';
import type { CodeExecution, ExecutionState, InputRequest } from '../../shared/api/executions.ts';
import type { CellEnd, Kernel } from '../kernels/kernel.ts';
import type { CellError, Output } from '../kernels/output.ts';
import { kernelDied, timedOut, timedOutForGood } from './ends.ts';
import { type FigureFormat, withFigureFormats } from './figure-formats.ts';
import type { History } from './history.ts';
import { inEnvironment } from './in-environment.ts';
import { Interruption } from './interruption.ts';
import { Questions } from './questions.ts';
import { Transcript } from './transcript.ts';

/** A longer one is cut where an execution is described. */
const maxErrorLength = 16 * 1024;

/** A cell as its caller wants it run. */
export interface CellRequest {
  code: string;
  timeoutMs: number | undefined;
  /** It may ask, and its caller answers. */
  allowsInput: boolean;
  /** Environment for this cell alone. */
  variables: Record<string, string>;
  /** What it may say. */
  maxOutputBytes: number;
  /** What its plots are drawn as; undefined: as the kernel does it. */
  figureFormats: FigureFormat[] | undefined;
}

export interface ExecutionOptions {
  context: { id: string; language: string };
  cell: CellRequest;
  history: History;
}

/** What an execution is told when its turn comes. */
export interface Turn {
  kernel: Kernel;
  /** Told on standard error before anything else. */
  notice: string | undefined;
  /** Called when the kernel is free again, before readers hear of the end. */
  onFree(): void;
}

/**
 * One run of a cell: its events in OpenSandbox's order. It goes on when its reader leaves. The last event is
 * `execution_complete`, after `error` where the cell failed; a cell whose kernel died ends with that `error`, as it was
 * never completed.
 */
export class Execution {
  readonly id = randomUUID();
  readonly history: History;
  readonly #options: ExecutionOptions;
  readonly #transcript: Transcript;
  readonly #questions: Questions;
  readonly #createdAt = Date.now();
  #startedAt: number | undefined;
  #endedAt: number | undefined;
  #state: ExecutionState = 'queued';
  readonly #turn = Promise.withResolvers<void>();
  #interruption: Interruption | undefined;
  #reason: CellError | undefined;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.history = options.history;
    this.#transcript = new Transcript(options.history, options.cell.maxOutputBytes);
    this.#questions = new Questions(this.id, (input_request) => {
      this.#transcript.push({ type: 'input_request', input_request });
    });
    this.#transcript.push({ type: 'init', text: options.context.id, execution_id: this.id });
  }

  get contextId(): string {
    return this.#options.context.id;
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  get hasEnded(): boolean {
    return this.#endedAt !== undefined;
  }

  /** Length of what it is to run, in characters. */
  get length(): number {
    return this.#options.cell.code.length;
  }

  describe(): CodeExecution {
    const { error, count } = this.#transcript;
    const asked = this.#questions.open;
    return {
      id: this.id,
      context_id: this.contextId,
      language: this.#options.context.language,
      state: this.#state,
      created_at: new Date(this.#createdAt).toISOString(),
      ...(this.#startedAt !== undefined && { started_at: new Date(this.#startedAt).toISOString() }),
      ...(this.#endedAt !== undefined && { ended_at: new Date(this.#endedAt).toISOString() }),
      ...(count !== undefined && { execution_count: count }),
      ...(error && { error: { ename: error.ename, evalue: error.evalue.slice(0, maxErrorLength) } }),
      ...(asked && { waiting_for_input: asked }),
    };
  }

  /** Runs it to its end. Never rejects. */
  async run({ kernel, notice, onFree }: Turn): Promise<void> {
    const { cell, context } = this.#options;
    this.#state = 'running';
    this.#startedAt = Date.now();
    if (notice) this.#transcript.push({ type: 'stderr', text: notice });
    const interruption = new Interruption(kernel, () => this.#transcript.withholdErrors());
    this.#interruption = interruption;
    this.#turn.resolve();
    const start = performance.now();
    const { language } = context;
    const { variables, figureFormats: formats } = cell;
    const take = (output: Output) => this.#transcript.take(output);
    const end = await inEnvironment(kernel, { language, variables, take }, () =>
      withFigureFormats(kernel, { formats, take }, () => this.#execute(kernel, interruption)),
    );
    this.#questions.close();
    await interruption.over();
    if (end.outcome) this.#transcript.settle(end.outcome);
    this.#state = this.#stateAfter(end, interruption);
    onFree();
    this.#tellEnd(end, interruption, Math.round(performance.now() - start));
  }

  /** Breaks it off as soon as it runs. Nothing happens when it is over. */
  async interrupt(): Promise<void> {
    await this.#turn.promise;
    await this.#interruption?.ask();
  }

  /** Ends it before its turn has come. Nothing happens when it is over. */
  cancel(error: CellError, state: 'interrupted' | 'died' = 'interrupted'): void {
    if (this.hasEnded) return;
    this.#state = state;
    this.#transcript.fail(error);
    this.#close();
  }

  /** What is told of it in place of its kernel's death, if it runs. */
  endsBy(reason: CellError): void {
    if (this.isRunning) this.#reason = reason;
  }

  /** Answers what it asks. @throws ApiError `INPUT_NOT_REQUESTED` */
  answer(value: string): void {
    this.#questions.answer(value);
  }

  async #execute(kernel: Kernel, interruption: Interruption): Promise<CellEnd> {
    const { code, timeoutMs, allowsInput, variables } = this.#options.cell;
    const callOff = interruption.after(timeoutMs);
    const end = await kernel.execute({
      code,
      take: (output) => {
        if (output.type === 'begun') interruption.begun();
        this.#transcript.take(output);
      },
      ...(kernel.lendsVariables && { variables }),
      ...(allowsInput && { ask: (request: InputRequest) => this.#questions.ask(request) }),
    });
    callOff();
    return end;
  }

  #stateAfter({ outcome, death }: CellEnd, { isTimeout, wasAsked }: Interruption): ExecutionState {
    if (isTimeout) return 'timed_out';
    if (death) return 'died';
    if (!outcome?.error && !this.#transcript.error) return 'finished';
    return wasAsked ? 'interrupted' : 'failed';
  }

  #tellEnd({ death }: CellEnd, { isTimeout }: Interruption, milliseconds: number): void {
    const ms = this.#options.cell.timeoutMs ?? 0;
    this.#transcript.tellTruncated();
    if (death) this.#transcript.fail(isTimeout ? timedOutForGood(ms, death) : (this.#reason ?? kernelDied(death)));
    else {
      if (isTimeout) this.#transcript.fail(timedOut(ms, this.#transcript.withheld));
      this.#transcript.push({ type: 'execution_complete', execution_time: milliseconds });
    }
    this.#close();
  }

  #close(): void {
    this.#turn.resolve();
    this.#endedAt = Date.now();
    this.history.end();
  }
}
