import type { FoundSnapshot } from '../runtimes/snapshots.ts';
import type { Snapshots } from './snapshots.ts';
import { imageRemoved, interrupted, ready } from './states.ts';
import type { SnapshotRow } from './store.ts';

const intervalMs = 60_000;
/** After a failure: the engine may be starting again. */
const retryMs = 2000;

type Log = (message: string, details: object) => void;

/** Moves the engine's images to what the database says should exist, and the database to what is there: at start and now and then. */
export class SnapshotReconciler {
  readonly #snapshots: Snapshots;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(snapshots: Snapshots, log: Log) {
    this.#snapshots = snapshots;
    this.#log = log;
    snapshots.onUnfinished(() => this.#again(retryMs));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks at everything once. Calls at the same time are one. Never rejects: what failed is logged and tried again. */
  all(): Promise<void> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #all(): Promise<void> {
    const { store, sandboxes } = this.#snapshots;
    let next = intervalMs;
    const attempt = async (id: string, work: () => Promise<void>) => {
      if (this.#snapshots.isBusy(id)) return;
      try {
        await work();
      } catch (error) {
        this.#log('a snapshot could not be put right yet', { snapshot: id, err: error });
        next = retryMs;
      }
    };
    const rows = store.all(['Creating', 'Ready', 'Deleting']);
    try {
      // After the rows were read: an image is there before its row says so, and goes after it.
      const found = new Map((await sandboxes.runtime.snapshots.list()).map((one) => [one.id, one]));
      for (const row of rows) await attempt(row.id, () => this.#settle(row, found.get(row.id)?.sealed ?? false));
      for (const one of found.values()) await attempt(one.id, () => this.#tidy(one, store.get(one.id)));
    } catch (error) {
      this.#log('the snapshots could not be compared with the engine', { err: error });
      next = retryMs;
    }
    this.#again(next);
  }

  async #settle({ id, state }: SnapshotRow, isThere: boolean): Promise<void> {
    const snapshots = this.#snapshots;
    if (state === 'Deleting') return snapshots.remove(id);
    if (state === 'Ready' && !isThere) snapshots.move(id, ['Ready'], imageRemoved);
    if (state === 'Creating') snapshots.move(id, ['Creating'], isThere ? ready : interrupted);
  }

  /** Removes what nobody will ask for. */
  async #tidy({ id, sealed, drafts }: FoundSnapshot, row: SnapshotRow | undefined): Promise<void> {
    const images = this.#snapshots.sandboxes.runtime.snapshots;
    if (row === undefined) this.#log('an image without a snapshot is removed', { snapshot: id });
    // It is back: the engine was without its disk for a while, as an example.
    else if (sealed && row.reason === imageRemoved.reason) this.#snapshots.move(id, ['Failed'], ready);
    const state = this.#snapshots.store.get(id)?.state ?? 'Failed';
    if (state === 'Failed') await images.remove(id);
    else if (state === 'Ready' && drafts) await images.discard(id);
  }

  #again(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.all(), ms).unref();
  }
}
