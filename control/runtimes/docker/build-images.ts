import type { ContainerInfo } from 'dockerode';
import type { FoundBuild } from '../builds.ts';
import type { SnapshotImage } from '../snapshots.ts';
import { buildDraftLabel, buildLabel, helperLabel } from './names.ts';
import { ownImage, ownImages, removeImage } from './own-images.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';
import type { Store } from './store.ts';

/** The image of a key, when it is this store's. */
export function findBuild(store: Store, key: string): Promise<SnapshotImage | undefined> {
  return ownImage(store, store.names.prebuilt(key));
}

/** Every key that this store has an image, a draft or a container of. */
export async function listBuilds(store: Store): Promise<FoundBuild[]> {
  const found = new Map<string, FoundBuild>();
  const of = (key: string) => {
    const one = found.get(key) ?? { key, sealed: false, drafts: false };
    found.set(key, one);
    return one;
  };
  for (const { Labels, RepoTags } of await ownImages(store, [])) {
    const [draft, key] = [Labels?.[buildDraftLabel], Labels?.[buildLabel]];
    if (draft !== undefined) of(draft).drafts = true;
    // The label alone is no proof: whoever builds upon such an image, or makes a snapshot of its sandbox, inherits it.
    else if (key !== undefined && RepoTags?.includes(store.names.prebuilt(key))) of(key).sealed = true;
  }
  for (const { Labels } of await containers(store, [buildLabel])) of(Labels[buildLabel]!).drafts = true;
  return [...found.values()];
}

/** Removes the containers and drafts that are left of making one. None is success. */
export async function discardBuild(store: Store, key: string): Promise<void> {
  for (const { Id } of await containers(store, [`${buildLabel}=${key}`])) {
    await unless(removeContainer(store.engine, Id), 404, 409);
  }
  for (const { Id } of await ownImages(store, [`${buildDraftLabel}=${key}`]))
    await unless(removeImage(store, Id), 404, 409);
}

/** Removes its image too; false while a container is made of it. */
export async function removeBuild(store: Store, key: string): Promise<boolean> {
  await discardBuild(store, key);
  if ((await findBuild(store, key)) === undefined) return true;
  return unless(removeImage(store, store.names.prebuilt(key)), 409);
}

function containers({ engine, names }: Store, labels: string[]): Promise<ContainerInfo[]> {
  const filters = JSON.stringify({ label: [`${helperLabel}=${names.store}`, ...labels] });
  const query = { all: true, filters };
  return engine.ask<ContainerInfo[]>({ what: 'list containers', path: '/containers/json', query });
}

/** True when it was done; false where the engine refused with one of these, 404 being as good as done. */
async function unless(work: Promise<void>, ...statuses: number[]): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isRefusal(error, 404)) return true;
    if (!isRefusal(error, ...statuses)) throw error;
    return false;
  }
}
