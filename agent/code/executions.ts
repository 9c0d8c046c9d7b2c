import { ApiError } from '../../shared/api/errors.ts';
import { type CellRequest, Execution } from './execution.ts';
import { History } from './history.ts';

/** Ended executions of one context, and of all of them, that can be come back to. */
const remembered = 32;
const rememberedOfAll = 1000;

/** The table of executions: those that wait or run, and the last that have ended, within one bound of memory for all. */
export class Executions {
  readonly #limit: number;
  readonly #executions = new Map<string, Execution>();
  #size = 0;

  /** `limit`: about so many bytes of events are kept at most, the newest of each apart. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** One more, which waits. */
  open(context: { id: string; language: string }, cell: CellRequest): Execution {
    const history = new History((by) => this.#grow(by));
    const execution = new Execution({ context, cell, history });
    this.#executions.set(execution.id, execution);
    this.#forgetSome(context.id);
    return execution;
  }

  /** @throws ApiError `EXECUTION_NOT_FOUND` */
  get(id: string): Execution {
    const execution = this.#executions.get(id);
    if (execution) return execution;
    throw new ApiError(
      'EXECUTION_NOT_FOUND',
      `There is no execution ${id.slice(0, 128)}: it never was, ended long ago, or its agent was replaced.`,
      { field: 'id' },
    );
  }

  /** All of them, or those of one context, oldest first. */
  list(contextId?: string): Execution[] {
    return [...this.#executions.values()].filter((execution) => !contextId || execution.contextId === contextId);
  }

  #forgetSome(contextId: string): void {
    for (const [most, id] of [
      [remembered, contextId],
      [rememberedOfAll, undefined],
    ] as const) {
      const ended = this.list(id).filter(({ hasEnded }) => hasEnded);
      for (const execution of ended.slice(0, Math.max(0, ended.length - most))) this.#forget(execution);
    }
  }

  #grow(by: number): void {
    this.#size += by;
    if (by < 0) return;
    while (this.#size > this.#limit && this.#relieve());
  }

  /** What has ended and is read by nobody goes first, then output of whoever has most. False when nothing can go. */
  #relieve(): boolean {
    const all = this.list();
    const oldest = all.find(({ hasEnded, history }) => hasEnded && !history.isRead);
    if (oldest) {
      this.#forget(oldest);
      return true;
    }
    all.sort((a, b) => b.history.size - a.history.size);
    return all.some(({ history }) => history.giveUp());
  }

  #forget({ id, history }: Execution): void {
    if (this.#executions.delete(id)) this.#size -= history.size;
  }
}
