import { ApiError } from '../../shared/api/errors.ts';
import type { InputRequest } from '../../shared/api/executions.ts';

/** A prompt is a line; a cell can make it anything. */
const maxPromptLength = 64 * 1024;

/** What a cell asks of its caller, one thing at a time: input() as an example. */
export class Questions {
  readonly #executionId: string;
  readonly #onAsk: (request: InputRequest) => void;
  #open: { request: InputRequest; answer(value: string): void } | undefined;

  /** `onAsk` tells the caller. */
  constructor(executionId: string, onAsk: (request: InputRequest) => void) {
    this.#executionId = executionId;
    this.#onAsk = onAsk;
  }

  /** What waits for an answer. */
  get open(): InputRequest | undefined {
    return this.#open?.request;
  }

  /** Resolves with the answer; never, when the cell ends first. */
  ask({ prompt, password }: InputRequest): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const request = { prompt: prompt.slice(0, maxPromptLength), password };
    this.#open = { request, answer: resolve };
    this.#onAsk(request);
    return promise;
  }

  /** @throws ApiError `INPUT_NOT_REQUESTED` */
  answer(value: string): void {
    const open = this.#open;
    if (!open)
      throw new ApiError('INPUT_NOT_REQUESTED', `Execution ${this.#executionId} does not wait for input.`, {
        field: 'id',
        expected: 'an execution that waits for input',
      });
    this.#open = undefined;
    open.answer(value);
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    this.#open = undefined;
  }
}
