import type { ContainerInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { FoundSnapshot, SnapshotImage } from '../snapshots.ts';
import { draftLabel, helperLabel, snapshotLabel } from './names.ts';
import { ownImage, ownImages, removeImage } from './own-images.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';
import type { Store } from './store.ts';

/** The image of a snapshot, when it is this store's. Never pulls: no registry has it. */
export function findSnapshot(store: Store, snapshot: string): Promise<SnapshotImage | undefined> {
  return ownImage(store, store.names.snapshot(snapshot));
}

/** Every snapshot that this store has an image or drafts of. */
export async function listSnapshots(store: Store): Promise<FoundSnapshot[]> {
  const found = new Map<string, FoundSnapshot>();
  const of = (id: string) => {
    const one = found.get(id) ?? { id, sealed: false, drafts: false };
    found.set(id, one);
    return one;
  };
  for (const { Labels, RepoTags } of await ownImages(store, [])) {
    const [draft, id] = [Labels?.[draftLabel], Labels?.[snapshotLabel]];
    if (draft !== undefined) of(draft).drafts = true;
    // The label alone is no proof: whoever builds upon a snapshot's image inherits it.
    else if (id !== undefined && RepoTags?.includes(store.names.snapshot(id))) of(id).sealed = true;
  }
  return [...found.values()];
}

/** Removes the drafts of a snapshot, and the containers that were to fill them. None is success. */
export async function discardDrafts(store: Store, snapshot: string): Promise<void> {
  const { engine, names } = store;
  const filters = JSON.stringify({ label: [`${helperLabel}=${names.store}`, `${draftLabel}=${snapshot}`] });
  const query = { all: true, filters };
  const containers = await engine.ask<ContainerInfo[]>({ what: 'list containers', path: '/containers/json', query });
  for (const { Id } of containers) await unlessGone(removeContainer(engine, Id));
  // One that another was made upon can only go after that one.
  let left = await ownImages(store, [`${draftLabel}=${snapshot}`]);
  for (let before = left.length + 1; left.length > 0 && left.length < before; ) {
    for (const { Id } of left) await unlessGone(removeImage(store, Id));
    before = left.length;
    left = await ownImages(store, [`${draftLabel}=${snapshot}`]);
  }
}

/** Removes a snapshot's image and drafts. @throws `SNAPSHOT::DELETE_CONFLICT` while a container is made from it */
export async function removeSnapshot(store: Store, snapshot: string): Promise<void> {
  await discardDrafts(store, snapshot);
  if ((await findSnapshot(store, snapshot)) === undefined) return;
  try {
    await removeImage(store, store.names.snapshot(snapshot));
  } catch (error) {
    if (isRefusal(error, 404)) return;
    if (isRefusal(error, 409)) throw new ApiError('SNAPSHOT::DELETE_CONFLICT', error.message, { cause: error });
    throw error;
  }
}

/** 404: it is gone; 409: something is made upon it, or another removal is at it. */
async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isRefusal(error, 404, 409)) throw error;
  }
}
