import type { Capture, CaptureOptions, FoundSnapshot, SnapshotImage, SnapshotImages } from '../snapshots.ts';
import { capture } from './capture.ts';
import { discardDrafts, findSnapshot, listSnapshots, removeSnapshot } from './snapshot-images.ts';
import type { Store } from './store.ts';

/** Snapshots as images of the engine's, named `cubby-snapshots:<id>`. */
export class DockerSnapshots implements SnapshotImages {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  capture(sandbox: string, options: CaptureOptions): Promise<Capture> {
    return capture(this.#store, sandbox, options);
  }

  find(snapshot: string): Promise<SnapshotImage | undefined> {
    return findSnapshot(this.#store, snapshot);
  }

  discard(snapshot: string): Promise<void> {
    return discardDrafts(this.#store, snapshot);
  }

  remove(snapshot: string): Promise<void> {
    return removeSnapshot(this.#store, snapshot);
  }

  list(): Promise<FoundSnapshot[]> {
    return listSnapshots(this.#store);
  }
}
