import { AsyncLocalStorage } from 'node:async_hooks';
import { inserted } from './source.ts';

/**
 * Stands between every `await` of cells and what it waits for. What an interrupted cell waits for never comes, so that none of
 * its functions goes on. What any other waits for is held on to, as V8 must not collect what an evaluation waits for.
 */
export class Waits {
  readonly #cell = new AsyncLocalStorage<number>();
  readonly #held = new Set<object>();
  readonly #abandoned = new Set<number>();

  constructor() {
    const define = (name: string, value: unknown) => Object.defineProperty(globalThis, name, { value });
    define(inserted.wait, (value: unknown) => this.#wait(value));
    define(inserted.each, (values: AsyncIterable<unknown> | Iterable<unknown>) => this.#each(values));
  }

  /** Runs what belongs to a cell, now and whatever comes of it later. */
  run(cell: number, begin: () => void): void {
    this.#cell.run(cell, begin);
  }

  /** Nothing of this cell goes on. */
  abandon(cell: number): void {
    this.#abandoned.add(cell);
  }

  #wait(value: unknown): Promise<unknown> {
    const cell = this.#cell.getStore() ?? -1;
    const held = {};
    const waiting = new Promise<unknown>((resolve, reject) => {
      const unless = (go: (value: unknown) => void) => (value: unknown) => {
        if (this.#abandoned.has(cell)) return;
        this.#held.delete(held);
        go(value);
      };
      Promise.resolve(value).then(unless(resolve), unless(reject));
    });
    Object.assign(held, { waiting });
    this.#held.add(held);
    return waiting;
  }

  #each(values: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown> {
    const isAsync = Symbol.asyncIterator in values;
    const iterator = isAsync ? values[Symbol.asyncIterator]() : (values as Iterable<unknown>)[Symbol.iterator]();
    const wait = (value: unknown) => this.#wait(value) as Promise<IteratorResult<unknown>>;
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const { done = false, value } = await wait(iterator.next());
          return { done, value: isAsync || done ? value : await wait(value) };
        },
        return: async (value?: unknown) => (await wait(iterator.return?.(value))) ?? { done: true, value },
      }),
    };
  }
}
