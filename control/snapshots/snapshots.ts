import { randomUUID } from 'node:crypto';
import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSnapshotRequest } from '../../shared/api/snapshots.ts';
import { Places } from '../runtimes/places.ts';
import type { SnapshotImage, SnapshotImages } from '../runtimes/snapshots.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { unendedStates } from '../sandboxes/states.ts';
import { accepted, allSnapshotStates, deleting, interrupted, ready, type Status } from './states.ts';
import type { SnapshotRow, SnapshotStore } from './store.ts';
import { requireSource, take } from './take.ts';

export interface SnapshotsOptions {
  store: SnapshotStore;
  sandboxes: Sandboxes;
  /** How many are made at once; the others wait. */
  atOnce: number;
  /** How many there may be; undefined: as many as the disk bears. */
  maxSnapshots: number | undefined;
  /** Bytes that one may hold. */
  maxSize: number;
  now?: () => number;
  log(message: string, details: object): void;
}

/**
 * The life of every snapshot: the row comes first, the image second. A snapshot outlives its sandbox. What this process leaves
 * unfinished, its reconciler finishes.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #now: () => number;
  readonly #places: Places;
  readonly #stop = new AbortController();
  /** Those that this process makes; one that is being made and isn't here belongs to a process that died. */
  readonly #making = new Map<string, Promise<void>>();
  readonly #removing = new Map<string, Promise<void>>();
  #onUnfinished: () => void = () => {};

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#places = new Places(options.atOnce);
  }

  get store(): SnapshotStore {
    return this.#options.store;
  }

  get sandboxes(): Sandboxes {
    return this.#options.sandboxes;
  }

  /** True for one that this process makes or removes just now. */
  isBusy(id: string): boolean {
    return this.#making.has(id) || this.#removing.has(id);
  }

  /** Calls back when something could not be finished now, and has to be later. */
  onUnfinished(listener: () => void): void {
    this.#onUnfinished = listener;
  }

  /**
   * Begins to make a snapshot; it goes on when its caller has gone.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `SNAPSHOT::INVALID_SOURCE_STATE`, `CAPACITY_EXCEEDED`
   */
  create(sandboxId: string, request: CreateSnapshotRequest): SnapshotRow {
    const { store, sandboxes, maxSnapshots: max } = this.#options;
    requireSource(sandboxes, sandboxId);
    if (max !== undefined && store.count() >= max) {
      throw new ApiError('CAPACITY_EXCEEDED', `There are ${max} snapshots already, as many as are allowed here.`);
    }
    const now = this.#now();
    const row: SnapshotRow = {
      id: randomUUID(),
      sandboxId,
      name: request?.name ?? undefined,
      ...accepted,
      transitionAt: now,
      createdAt: now,
      env: {},
    };
    store.insert(row);
    this.#making.set(
      row.id,
      this.#make(row).finally(() => this.#making.delete(row.id)),
    );
    return row;
  }

  /** @throws ApiError `SNAPSHOT::NOT_FOUND` */
  get(id: string): SnapshotRow {
    const row = this.#options.store.get(id);
    if (row) return row;
    throw new ApiError('SNAPSHOT::NOT_FOUND', `There is no snapshot ${id.slice(0, 100)}.`, { field: 'snapshotId' });
  }

  /**
   * What a sandbox is made from, and the environment it begins with.
   * @throws ApiError `SNAPSHOT::NOT_FOUND`, `SNAPSHOT::NOT_READY`, `SNAPSHOT::INVALID_RESTORE_CONFIG`
   */
  async imageOf(id: string): Promise<SnapshotImage & { env: Record<string, string> }> {
    const { state, message, env } = this.get(id);
    if (state !== 'Ready') throw new ApiError('SNAPSHOT::NOT_READY', `Snapshot ${id} is ${state}: ${message}`);
    const found = await this.#images.find(id);
    if (found) return { ...found, env };
    throw new ApiError('SNAPSHOT::INVALID_RESTORE_CONFIG', `The image of snapshot ${id} was removed, not by Cubby.`);
  }

  /**
   * Removes a snapshot. Two at once are one.
   * @throws ApiError `SNAPSHOT::NOT_FOUND`, `SNAPSHOT::INVALID_STATE`, `SNAPSHOT::DELETE_CONFLICT`; when the engine doesn't do
   * it, it is tried again later
   */
  remove(id: string): Promise<void> {
    const running = this.#removing.get(id);
    if (running) return running;
    const row = this.get(id);
    if (row.state === 'Creating') throw new ApiError('SNAPSHOT::INVALID_STATE', `Snapshot ${id} is still being made.`);
    const [user] = this.sandboxes.store.madeFrom(id, unendedStates);
    if (user) throw new ApiError('SNAPSHOT::DELETE_CONFLICT', `Sandbox ${user} lives, and was made from it.`);
    const removal = this.#remove(row).finally(() => this.#removing.delete(id));
    this.#removing.set(id, removal);
    return removal;
  }

  /** Records what has become of one that is in one of `from`. */
  move(id: string, from: readonly Status['state'][], to: Status): boolean {
    return this.#options.store.move(id, from, to, this.#now());
  }

  /** Waits for all that is being made, and removes every snapshot. */
  async removeAll(): Promise<void> {
    await Promise.all([...this.#making.values(), ...this.#removing.values()]);
    for (const { id } of await this.#images.list()) await this.#images.remove(id);
    for (const { id } of this.store.all(allSnapshotStates)) this.store.remove(id);
  }

  /** Gives up what is being made. */
  async close(): Promise<void> {
    this.#stop.abort(new ApiError('GENERAL::UNKNOWN_ERROR', interrupted.message));
    await Promise.allSettled([...this.#making.values(), ...this.#removing.values()]);
  }

  get #images(): SnapshotImages {
    return this.sandboxes.runtime.snapshots;
  }

  /** Never rejects: what went wrong becomes the snapshot's status. */
  async #make(row: SnapshotRow): Promise<void> {
    const { signal } = this.#stop;
    const work = () => take(row, { ...this.#options, signal });
    try {
      await this.#places.take(work, signal);
      await this.#images.discard(row.id).catch((error) => this.#unfinished(row, error));
      this.move(row.id, ['Creating'], ready);
      this.#note(row, 'SnapshotTaken', `It is snapshot ${row.id}.`);
    } catch (error) {
      this.#options.log('a snapshot could not be made', { snapshot: row.id, sandbox: row.sandboxId, err: error });
      await this.#images.remove(row.id).catch((left) => this.#unfinished(row, left));
      this.move(row.id, ['Creating'], this.#failure(row, error as Error));
      this.#note(row, 'SnapshotFailed', `Snapshot ${row.id}: ${(error as Error).message}`);
    }
  }

  /** Writes down what happened, with the sandbox it happened to. */
  #note({ sandboxId }: SnapshotRow, kind: string, message: string): void {
    this.sandboxes.store.events.record(sandboxId, { scope: 'runtime', kind, message });
  }

  #failure({ sandboxId }: SnapshotRow, { message }: Error): Status {
    if (this.#stop.signal.aborted) return interrupted;
    const sandbox = this.sandboxes.store.get(sandboxId);
    const lives = sandbox?.state === 'Running' || sandbox?.state === 'Paused';
    const why = lives ? '' : 'The sandbox ended before all its files were copied: ';
    return { state: 'Failed', reason: lives ? 'snapshot_capture_failed' : 'source_ended', message: why + message };
  }

  async #remove({ id, ...row }: SnapshotRow): Promise<void> {
    this.move(id, [row.state], deleting);
    try {
      await this.#images.remove(id);
      this.#options.store.remove(id);
    } catch (error) {
      // It is whole, and it would be untrue that it goes.
      const conflict = error instanceof ApiError && error.code === 'SNAPSHOT::DELETE_CONFLICT';
      if (conflict) this.move(id, ['Deleting'], row.state === 'Failed' ? row : ready);
      else this.#onUnfinished();
      throw error;
    }
  }

  #unfinished({ id, sandboxId }: SnapshotRow, error: unknown): void {
    this.#options.log('something of a snapshot is finished later', { snapshot: id, sandbox: sandboxId, err: error });
    this.#onUnfinished();
  }
}
