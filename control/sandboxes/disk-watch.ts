import { setTimeout as delay } from 'node:timers/promises';
import { DiskAllowances } from './disk-allowance.ts';
import { diskExceeded } from './notes.ts';
import type { Sandboxes } from './sandboxes.ts';
import { unendedStates } from './states.ts';

/** After each look it rests for so many times as long as that took, so that looking takes at most four percent of the time. */
const restTimes = 24;
/** Others don't wait longer for one whose looks take long: that one is itself looked at less often. */
const mostRestMs = 60_000;
/** Also after a round that took longer than it should. */
const leastRestMs = 50;

/** Looking again would tell nothing. */
const settled = new Set(['enforced', 'none']);

export interface DiskWatchOptions {
  sandboxes: Sandboxes;
  /** Each is looked at this often at most. */
  lookSeconds: number;
  log(message: string, details: object): void;
}

/**
 * Looks how much those sandboxes have written whose limit the engine doesn't keep, one at a time, and stops one that has more than it may. Its
 * files stay, and whoever touches it starts it again; only when it has grown since is it stopped again. Only what runs is looked
 * at: nothing else grows.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #stop = new AbortController();
  readonly #allowances = new DiskAllowances();
  /** When each may be looked at next, by the process's own clock. */
  readonly #notBefore = new Map<string, number>();
  /** How long looking has taken since the last rest. */
  #walkedMs = 0;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Begins, with those that an earlier process has stopped in mind. */
  watch(): void {
    const { store } = this.#options.sandboxes;
    for (const id of store.ids(unendedStates)) {
      if (store.get(id)?.reason === 'disk_exceeded') this.#allowances.open(id);
    }
    this.#watching = this.#watch();
  }

  /** Looks no more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    const { lookSeconds, log } = this.#options;
    const rest = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => {});
    while (!signal.aborted) {
      const began = performance.now();
      try {
        for (const id of this.#watched()) {
          await this.#look(id);
          await rest(Math.min(this.#walkedMs * restTimes, mostRestMs));
          this.#walkedMs = 0;
        }
      } catch (error) {
        if (!signal.aborted) log('disks of sandboxes could not be looked at', { err: error });
      }
      await rest(Math.max(leastRestMs, began + lookSeconds * 1000 - performance.now()));
    }
  }

  /** Those to be looked at now. Of others, that are no more, nothing is kept. */
  #watched(): string[] {
    const { store, disks } = this.#options.sandboxes;
    const unended = new Set(store.ids(unendedStates));
    for (const [id] of disks.list()) if (!unended.has(id)) disks.forget(id);
    for (const id of this.#notBefore.keys()) if (!unended.has(id)) this.#notBefore.delete(id);
    for (const id of this.#allowances.ids()) if (!unended.has(id)) this.#allowances.forget(id);
    const isWatched = (id: string) =>
      (this.#notBefore.get(id) ?? 0) <= performance.now() &&
      store.get(id)?.limits.disk !== undefined &&
      !settled.has(disks.get(id)?.enforcement ?? '');
    // One that is being stopped writes until it is.
    const stopped = store.ids(['Paused']).filter((id) => this.#allowances.isOpen(id));
    return [...stopped, ...store.ids(['Running']).filter(isWatched)];
  }

  async #look(id: string): Promise<void> {
    const { sandboxes, log } = this.#options;
    try {
      const limit = sandboxes.store.get(id)?.limits.disk;
      const used = await this.#walk(id);
      if (used === undefined || limit === undefined) return;
      if (this.#allowances.isExceeded(id, used, limit)) await this.#end(id, used, limit);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log('a sandbox could not be looked at, or stopped, for its disk', { sandbox: id, err: error });
    }
  }

  async #end(id: string, used: number, limit: number): Promise<void> {
    const { sandboxes, log } = this.#options;
    const note = diskExceeded(used, limit);
    if (!(await this.#stopFull(id, note.message))) return;
    sandboxes.store.events.record(id, note);
    sandboxes.disks.noteStop();
    log('a sandbox was stopped, as it has more on its disk than it may', { sandbox: id, used, limit });
    // What it has now, since it has written until it was stopped.
    const left = await this.#walk(id);
    if (left !== undefined) this.#allowances.isExceeded(id, left, limit);
  }

  async #stopFull(id: string, message: string): Promise<boolean> {
    const { store, stopper } = this.#options.sandboxes;
    try {
      return await stopper.stopFull(id, message, () => this.#allowances.open(id));
    } catch (error) {
      // One that goes on as it was is to be stopped still.
      if (store.get(id)?.reason !== 'disk_exceeded') this.#allowances.forget(id);
      throw error;
    }
  }

  /** Bytes that one has, as far as that has to be watched. */
  async #walk(id: string): Promise<number | undefined> {
    const { runtime, disks } = this.#options.sandboxes;
    const began = performance.now();
    const lookedAt = Date.now();
    const use = await runtime.diskUse(id, this.#stop.signal);
    const took = performance.now() - began;
    this.#walkedMs += took;
    this.#notBefore.set(id, began + took * (1 + restTimes));
    if (use) disks.note(id, { ...use, lookedAt });
    return use?.bytes;
  }
}
