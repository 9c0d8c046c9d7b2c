import type { CellOutcome } from '../kernels/kernel.ts';
import type { CellError, Output } from '../kernels/output.ts';
import { errorEvent, type Untimed } from './events.ts';
import type { History } from './history.ts';
import { OutputLimit } from './output-limit.ts';

/** Puts down what a cell says in OpenSandbox's order: `execution_count` comes before the result or error, and once. */
export class Transcript {
  readonly #history: History;
  readonly #limit: OutputLimit;
  #count: number | undefined;
  #counted = false;
  #error: CellError | undefined;
  #withheld: CellError | undefined;
  #withholds = false;

  /** `maxOutputBytes`: what the cell may say in all. */
  constructor(history: History, maxOutputBytes: number) {
    this.#history = history;
    this.#limit = new OutputLimit(maxOutputBytes);
  }

  /** The number that the kernel gave the cell. */
  get count(): number | undefined {
    return this.#count;
  }

  /** The last error that was told. */
  get error(): CellError | undefined {
    return this.#error;
  }

  /** From now on errors of the cell's own are not told: another one will be. */
  withholdErrors(): void {
    this.#withholds = true;
  }

  get withheld(): CellError | undefined {
    return this.#withheld;
  }

  push(event: Untimed): void {
    this.#history.push({ ...event, timestamp: Date.now() });
  }

  take(output: Output): void {
    if (output.type === 'begun') this.#count = output.count;
    if (output.type === 'result') this.#pushCount();
    if (output.type === 'error') this.#fail(output);
    else for (const event of this.#limit.admit(output)) this.push(event);
  }

  /** Says how much was too much, before the end is told. */
  tellTruncated(): void {
    const { truncated } = this.#limit;
    if (truncated) this.push(truncated);
  }

  /** What the kernel says at the end; its error may have been told before. */
  settle({ count, error }: CellOutcome): void {
    this.#count ??= count;
    if (error && !this.#error) this.#fail(error);
    else this.#pushCount();
  }

  /** Tells an error that is not the cell's own. */
  fail(error: CellError): void {
    this.#error = error;
    this.push(errorEvent(error));
  }

  #fail({ ename, evalue, traceback }: CellError): void {
    const error = { ename, evalue, traceback };
    this.#pushCount();
    if (this.#withholds) this.#withheld ??= error;
    else this.fail(error);
  }

  #pushCount(): void {
    if (this.#counted || this.#count === undefined) return;
    this.#counted = true;
    this.push({ type: 'execution_count', execution_count: this.#count });
  }
}
