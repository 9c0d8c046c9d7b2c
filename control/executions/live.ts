import { EventEmitter } from 'node:events';

/** What this process is doing for one execution. */
export class Live {
  /** Settles when there is nothing more to do for it. Never rejects. */
  settled: Promise<void> = Promise.resolve();
  readonly #bell = new EventEmitter().setMaxListeners(0);
  readonly #stop = new AbortController();
  readonly #cancel = new AbortController();

  /** Aborted when this process lets go of it: it runs on. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted when it is not to begin any more, for either reason. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, this.#cancel.signal]);
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get isCancelled(): boolean {
    return this.#cancel.signal.aborted;
  }

  stop(): void {
    this.#stop.abort();
  }

  cancel(): void {
    this.#cancel.abort();
  }

  /** Something has changed. */
  tell(): void {
    this.#bell.emit('change');
  }

  /** Settles at the next change, or by the signal. */
  changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#bell.off('change', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#bell.on('change', done);
      signal.addEventListener('abort', done);
    });
  }
}
