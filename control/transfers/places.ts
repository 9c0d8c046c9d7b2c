import { ApiError } from '../../shared/api/errors.ts';

/** How many files may be on their way at a time. */
export interface MostTransfers {
  /** Of all sandboxes. */
  maxAtOnce: number;
  /** Of one. */
  maxPerSandbox: number;
}

/** The files that are on their way, by sandbox: each holds connections here, to the store and to the agent. */
export class Places {
  readonly #most: MostTransfers;
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(most: MostTransfers) {
    this.#most = most;
  }

  /** Takes a place; what it returns gives it back, and is to be called once. @throws ApiError `TOO_MANY_TRANSFERS` */
  take(sandbox: string): () => void {
    const { maxAtOnce, maxPerSandbox } = this.#most;
    const own = this.#taken.get(sandbox) ?? 0;
    if (own >= maxPerSandbox) throw full(`Of this sandbox ${own} files are on their way, as many as are allowed here.`);
    if (this.#all >= maxAtOnce) throw full(`${this.#all} files are on their way, as many as are allowed here.`);
    this.#taken.set(sandbox, own + 1);
    this.#all += 1;
    return () => {
      const left = this.#taken.get(sandbox)! - 1;
      if (left === 0) this.#taken.delete(sandbox);
      else this.#taken.set(sandbox, left);
      this.#all -= 1;
    };
  }
}

function full(message: string): ApiError {
  return new ApiError('TOO_MANY_TRANSFERS', message);
}
