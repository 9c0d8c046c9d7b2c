import type { ImageBuilds } from '../../runtimes/builds.ts';
import type { Builds } from './builds.ts';

const intervalMs = 60_000;
/** After a failure: the engine may be starting again. */
const retryMs = 2000;

export interface BuildReconcilerOptions {
  builds: Builds;
  images: ImageBuilds;
  now?: () => number;
  log(message: string, details: object): void;
}

/** Moves the engine's images to what templates want: at start, now and then, and when templates were changed. */
export class BuildReconciler {
  readonly #options: BuildReconcilerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: BuildReconcilerOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks at everything once more, soon. Never rejects: what failed is logged and tried again. */
  async look(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#looks().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #looks(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      clearTimeout(this.#timer);
      let next = intervalMs;
      try {
        await this.#settle();
      } catch (error) {
        this.#options.log('the images of templates could not be compared with the engine', { err: error });
        next = retryMs;
      }
      if (!this.#closed) this.#timer = setTimeout(() => void this.look(), next).unref();
    }
  }

  async #settle(): Promise<void> {
    const { builds, images, log } = this.#options;
    const { store } = builds;
    store.forgetUnwanted();
    for (const key of builds.underWay) if (!store.get(key)) await builds.giveUp(key);
    const found = await images.list();
    for (const { key, sealed, drafts } of found) {
      const isWanted = store.get(key) !== undefined;
      if (isWanted && drafts) await builds.alone(key, () => images.discard(key));
      if (isWanted) continue;
      // What is in use stays until it isn't.
      const isGone = await builds.alone(key, () => images.remove(key));
      if (isGone && sealed) log('an image that no template wants was removed', { build: key });
    }
    for (const { key } of store.wanted()) builds.begin(key);
  }
}
