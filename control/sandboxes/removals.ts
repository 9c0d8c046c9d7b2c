import type { Runtime } from '../runtimes/runtime.ts';
import type { Volumes } from '../volumes/volumes.ts';

export interface RemovalsOptions {
  runtime: Runtime;
  volumes: Volumes;
  /** Settles when nothing else is being done to the container. */
  ready(id: string): Promise<void>;
  onGone(id: string): void;
  /** Calls back when the engine didn't do it, and it has to be tried again. */
  onUnfinished(): void;
}

/** Takes containers away, and the volumes that go with them. Two removals of the same at once are one. */
export class Removals {
  readonly #options: RemovalsOptions;
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  /** Returns when nothing of the container is left, nor of volumes that go with it. @throws ApiError when the engine doesn't do it */
  remove(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running) return running;
    const removal = this.#remove(id).finally(() => this.#running.delete(id));
    this.#running.set(id, removal);
    return removal;
  }

  async #remove(id: string): Promise<void> {
    const { runtime, volumes, ready, onGone, onUnfinished } = this.#options;
    try {
      await ready(id);
      await runtime.remove(id);
      await volumes.release(id);
    } catch (error) {
      onUnfinished();
      throw error;
    }
    onGone(id);
  }
}
