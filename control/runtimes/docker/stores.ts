import type { ContainerInfo, ImageInfo, NetworkInspectInfo } from 'dockerode';
import type { FoundStore } from '../runtime.ts';
import type { Engine } from './engine.ts';
import {
  buildDraftLabel,
  buildLabel,
  draftLabel,
  poolLabel,
  sandboxLabel,
  snapshotLabel,
  storeLabel,
} from './names.ts';

/** Every store that has left something on this engine, by the labels of its containers, networks and images. */
export async function stores(engine: Engine): Promise<FoundStore[]> {
  const filters = JSON.stringify({ label: [storeLabel] });
  const [containers, networks, images] = await Promise.all([
    engine.ask<ContainerInfo[]>({
      what: 'list the containers',
      path: '/containers/json',
      query: { all: true, filters },
    }),
    engine.ask<NetworkInspectInfo[]>({ what: 'list the networks', path: '/networks', query: { filters } }),
    engine.ask<ImageInfo[]>({ what: 'list the images', path: '/images/json', query: { filters } }),
  ]);
  const found = new Map<string, FoundStore>();
  const of = (id: string) => {
    const store = found.get(id) ?? { id, sandboxes: [], snapshots: [] };
    found.set(id, store);
    return store;
  };
  for (const { Labels } of networks) of(Labels?.[storeLabel] ?? '');
  for (const { Labels, Image, State, Created } of containers) {
    const id = Labels[sandboxLabel];
    if (id === undefined) continue;
    of(Labels[storeLabel] ?? '').sandboxes.push({
      id,
      image: Image,
      state: State,
      createdAt: new Date(Created * 1000),
      ...(Labels[poolLabel] && { pool: Labels[poolLabel] }),
    });
  }
  for (const { Labels, Created } of images) {
    const id = Labels?.[draftLabel] ?? Labels?.[snapshotLabel];
    if (Labels?.[buildDraftLabel] ?? Labels?.[buildLabel]) of(Labels?.[storeLabel] ?? '');
    if (id === undefined) continue;
    of(Labels[storeLabel] ?? '').snapshots.push({ id, createdAt: new Date(Created * 1000) });
  }
  return [...found.values()].sort((a, b) => a.id.localeCompare(b.id));
}
