import { ApiError } from '../../../shared/api/errors.ts';
import type { BuildRecipe, ImageBuilds } from '../../runtimes/builds.ts';
import { Places } from '../../runtimes/places.ts';
import type { SnapshotImage } from '../../runtimes/snapshots.ts';
import { describeFailure } from './failure.ts';
import { type BuildContent, buildKey } from './key.ts';
import { stepsOf } from './steps.ts';
import type { BuildRow, BuildStore } from './store.ts';
import { Telling } from './telling.ts';

export interface BuildsOptions {
  store: BuildStore;
  images: ImageBuilds;
  limits: BuildRecipe['limits'];
  /** Bytes that installers may write. */
  maxSize: number;
  network: boolean;
  /** How many are made at once; the others wait. */
  atOnce: number;
  /** From when it has a place. */
  timeoutMs: number;
  /** How long whoever needs the image waits for it. */
  waitMs: number;
  now?: () => number;
  log(message: string, details: object): void;
}

/** Lines that are shown with a template. */
const toldLines = 20;

interface Running {
  done: Promise<void>;
  abort: AbortController;
}

/**
 * Images with packages in them, each built once for its content, however many templates and requests want it. The row comes first, the
 * image second; what this process leaves unfinished the next one begins anew.
 */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #now: () => number;
  readonly #places: Places;
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #stop = new AbortController();

  constructor(options: BuildsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#places = new Places(options.atOnce);
  }

  get store(): BuildStore {
    return this.#options.store;
  }

  /** @throws ApiError `SANDBOX::API_NOT_SUPPORTED` where there are no images */
  requireSupport(): void {
    this.#options.images.requireSupport();
  }

  /** Writes down that an image of this content is to be, together with whatever wants it. Returns its key. */
  note(content: BuildContent): string {
    const key = buildKey(content);
    this.store.note(key, content, this.#now());
    return key;
  }

  /** Begins what is to be built and isn't being built. One that failed stays so. */
  begin(key: string): void {
    if (this.#stop.signal.aborted || this.#running.has(key) || this.store.get(key)?.state !== 'building') return;
    const abort = new AbortController();
    const done = this.#run(key, AbortSignal.any([abort.signal, this.#stop.signal])).finally(() =>
      this.#running.delete(key),
    );
    this.#running.set(key, { done, abort });
  }

  /** Begins one anew that failed. */
  retry(key: string): void {
    if (this.store.get(key)?.state === 'failed')
      this.store.move(key, 'building', 'It waits for its turn.', this.#now());
    this.begin(key);
  }

  /**
   * The image, waited for while it is built. One that somebody has removed is built anew.
   * @throws ApiError `TEMPLATE_NOT_READY` after a while, `TEMPLATE_BUILD_FAILED`
   */
  async image(key: string): Promise<SnapshotImage> {
    const late = AbortSignal.timeout(this.#options.waitMs);
    for (;;) {
      const row = this.store.get(key);
      if (row?.state === 'ready') {
        const found = await this.#options.images.find(key);
        if (found) return found;
        this.store.move(key, 'building', 'Its image was removed, not by Cubby.', this.#now());
      } else if (row?.state === 'building') {
        this.begin(key);
        await this.#settled(key, late);
      } else throw failed(row?.message ?? 'The template was deleted.');
    }
  }

  /** A build with the last of its lines; undefined where there is none. */
  toldOf(key: string | undefined): (BuildRow & { log: string[] }) | undefined {
    const row = this.store.find(key);
    return row && { ...row, log: this.store.lastLines(row.key, toldLines) };
  }

  /** True while events may still come. */
  isRunning(key: string): boolean {
    return this.store.get(key)?.state === 'building' && !this.#stop.signal.aborted;
  }

  /** Calls back when something was told of a build, until the returned function is called. */
  listen(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }

  /** Keys that this process builds just now. */
  get underWay(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  /** Does something with a key's images while nothing of it is built: what is to be built is begun afterwards. */
  async alone<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#running.has(key)) return undefined;
    const result = work();
    const done = result.then(
      () => {},
      () => {},
    );
    this.#running.set(key, { done, abort: new AbortController() });
    try {
      return await result;
    } finally {
      this.#running.delete(key);
      this.begin(key);
    }
  }

  /** Gives up a build that nobody wants any more. */
  async giveUp(key: string): Promise<void> {
    const running = this.#running.get(key);
    running?.abort.abort(new Error('Nobody wants it any more.'));
    await running?.done;
  }

  /** Gives up what is being built, and whoever waits for it. */
  stop(): void {
    this.#stop.abort(
      new ApiError('TEMPLATE_NOT_READY', 'Control ended while the template’s packages were being installed.'),
    );
  }

  /** Settles when nothing is under way. */
  async close(): Promise<void> {
    this.stop();
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }

  async #settled(key: string, late: AbortSignal): Promise<void> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const { signal: stopped } = this.#stop;
    const tooLate = () => reject(notReady(key));
    const gone = () => reject(stopped.reason);
    late.addEventListener('abort', tooLate, { once: true });
    stopped.addEventListener('abort', gone, { once: true });
    try {
      if (late.aborted) throw notReady(key);
      stopped.throwIfAborted();
      await Promise.race([this.#running.get(key)?.done, over]);
    } finally {
      late.removeEventListener('abort', tooLate);
      stopped.removeEventListener('abort', gone);
    }
  }

  /** Never rejects: what went wrong becomes the build's state. */
  async #run(key: string, signal: AbortSignal): Promise<void> {
    const { store } = this;
    const onTold = () => {
      for (const listener of this.#listeners.get(key) ?? []) listener();
    };
    const telling = new Telling(key, { store, now: this.#now, onTold });
    try {
      await this.#places.take(() => this.#build(store.get(key)!, telling, signal), signal);
      const message = 'Sandboxes can be made of it.';
      store.move(key, 'ready', message, this.#now());
      telling.tell('ready', message);
    } catch (error) {
      telling.flush();
      // The next process begins it anew; nobody wants it any more.
      if (signal.aborted) return;
      const message = describeFailure(error as Error, store.lastLines(key, 10));
      this.#options.log('the packages of a template could not be installed', { build: key, err: error });
      store.move(key, 'failed', message, this.#now());
      telling.tell('failed', message);
    } finally {
      // Who listens to one that was given up has nothing more to wait for.
      onTold();
    }
  }

  async #build({ key, base, packages }: BuildRow, telling: Telling, signal: AbortSignal): Promise<void> {
    const { images, limits, maxSize, network, timeoutMs } = this.#options;
    this.store.move(key, 'building', 'Packages are being installed.', this.#now());
    telling.tell('begun', `It is built upon ${base}.`);
    await images.discard(key);
    // Made by a process that was killed before it could say so, or for a template that was deleted meanwhile.
    if (await images.find(key)) return;
    await images.build(
      { key, base, steps: stepsOf(packages), limits, maxSize, network },
      { say: (text) => telling.say(text), signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) },
    );
  }
}

function notReady(key: string): ApiError {
  const message = `The template’s packages are still being installed (${key}): ask again later.`;
  return new ApiError('TEMPLATE_NOT_READY', message, { field: 'template' });
}

function failed(message: string): ApiError {
  return new ApiError('TEMPLATE_BUILD_FAILED', message, { field: 'template' });
}
