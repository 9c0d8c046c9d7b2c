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
    for (const row of store.all(['Creating', 'Ready', 'Deleting'])) await attempt(row.id, () => this.#settle(row));
    try {
      for (const found of await sandboxes.runtime.snapshots.list()) {
        await attempt(found.id, () => this.#tidy(found, store.get(found.id)));
      }
    } catch (error) {
      this.#log('the snapshots could not be compared with the engine', { err: error });
      next = retryMs;
    }
    this.#again(next);
  }

  async #settle({ id, state }: SnapshotRow): Promise<void> {
    const snapshots = this.#snapshots;
    if (state === 'Deleting') return snapshots.remove(id);
    // Looked up after the row was read: an image is there before its row says so, and goes after it.
    const isThere = (await snapshots.sandboxes.runtime.snapshots.find(id)) !== undefined;
    if (state === 'Ready' && !isThere) snapshots.move(id, ['Ready'], imageRemoved);
    if (state === 'Creating') snapshots.move(id, ['Creating'], isThere ? ready : interrupted);
  }

  /** Removes what nobody will ask for. */
  async #tidy({ id, drafts }: FoundSnapshot, row: SnapshotRow | undefined): Promise<void> {
    const images = this.#snapshots.sandboxes.runtime.snapshots;
    if (row === undefined) this.#log('an image without a snapshot is removed', { snapshot: id });
    if (row === undefined || row.state === 'Failed') await images.remove(id);
    else if (row.state === 'Ready' && drafts) await images.discard(id);
  }

  #again(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.all(), ms).unref();
  }
}
