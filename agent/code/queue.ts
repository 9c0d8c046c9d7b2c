import { ApiError } from '../../shared/api/errors.ts';
import type { Execution } from './execution.ts';

const mostWaiting = 32;
/** Each may be 16 MiB of code. */
const mostLength = 16 * 1024 * 1024;

/** Cells that wait for their turn in one context, first come, first run. */
export class Queue {
  #waiting: Execution[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** @throws ApiError `CONTEXT_BUSY` when there is no room for so many characters of code more */
  checkRoom(contextId: string, length: number): void {
    const waiting = this.#waiting.reduce((sum, execution) => sum + execution.length, 0);
    if (this.#waiting.length < mostWaiting && (waiting === 0 || waiting + length <= mostLength)) return;
    throw new ApiError('CONTEXT_BUSY', `${this.#waiting.length} cells wait in context ${contextId} already.`, {
      field: 'context',
      expected: `a context with room in its queue, for ${mostWaiting} cells of ${mostLength} characters together`,
    });
  }

  add(execution: Execution): void {
    this.#waiting.push(execution);
  }

  /** The next one, which waits no longer. */
  shift(): Execution | undefined {
    return this.#waiting.shift();
  }

  /** Nothing happens when it did not wait. */
  remove(execution: Execution): void {
    this.#waiting = this.#waiting.filter((other) => other !== execution);
  }
}
