import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import { withoutCredentials, wordsOf } from './request.ts';
import type { WorkspaceRow, WorkspaceStore } from './store.ts';

/** For so long a request that could be taken counts as one that can. */
const goodForMs = 10_000;
/** As many requests are remembered. */
const mostRemembered = 100;

interface Waiting {
  row: WorkspaceRow;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes down workspaces that no sandbox is made for yet. A backfill brings a million that are asked for in the same words: those
 * are checked once in a while, and what comes in together is written together, since each write waits for the disk.
 */
export class Provisions {
  readonly #store: WorkspaceStore;
  readonly #check: (request: CreateSandboxRequest) => Promise<unknown>;
  readonly #checked = new Map<string, { done: Promise<unknown>; until: number }>();
  #waiting: Waiting[] = [];

  /** `check`: throws what is wrong with a request. */
  constructor(store: WorkspaceStore, check: (request: CreateSandboxRequest) => Promise<unknown>) {
    this.#store = store;
    this.#check = check;
  }

  /** Settles when it is on the disk. @throws what is wrong with its request */
  async add(row: WorkspaceRow): Promise<void> {
    await this.#checkOnce(row.request);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ row: { ...row, request: withoutCredentials(row.request) }, resolve, reject });
    if (this.#waiting.length === 1) setImmediate(() => this.#write());
    return promise;
  }

  #write(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      this.#store.giveAll(waiting.map(({ row }) => row));
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #checkOnce(request: CreateSandboxRequest): Promise<void> {
    const words = wordsOf(request);
    const known = this.#checked.get(words);
    if (known && performance.now() < known.until) return void (await known.done);
    const done = this.#check(request);
    this.#checked.delete(words);
    this.#checked.set(words, { done, until: performance.now() + goodForMs });
    const [oldest] = this.#checked.keys();
    if (this.#checked.size > mostRemembered) this.#checked.delete(oldest!);
    try {
      await done;
    } catch (error) {
      this.#checked.delete(words);
      throw error;
    }
  }
}
