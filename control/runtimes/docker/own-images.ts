import type { ImageInfo } from 'dockerode';
import type { SnapshotImage } from '../snapshots.ts';
import { inspectImage, toImageFacts } from './image.ts';
import { storeLabel } from './names.ts';
import type { Store } from './store.ts';

/** The image of a name, when it is this store's. Never pulls: no registry has it. */
export async function ownImage(store: Store, reference: string): Promise<SnapshotImage | undefined> {
  const found = await inspectImage(store, reference);
  if (found?.Config?.Labels?.[storeLabel] !== store.names.store) return undefined;
  return { reference, image: toImageFacts(found) };
}

/** Every image of this store's that has all of these labels, those without a name too. */
export function ownImages({ engine, names }: Store, labels: string[]): Promise<ImageInfo[]> {
  const filters = JSON.stringify({ label: [`${storeLabel}=${names.store}`, ...labels] });
  return engine.ask<ImageInfo[]>({ what: 'list the images', path: '/images/json', query: { all: true, filters } });
}

/** Removes an image of this store's, by name or id. @throws what the engine refuses with: 404 none, 409 in use */
export async function removeImage({ engine, deadlines }: Store, image: string): Promise<void> {
  await engine.ask({
    what: 'remove the image',
    method: 'DELETE',
    path: `/images/${image}`,
    // Images without a name that it was made from may be somebody's.
    query: { noprune: true },
    deadline: deadlines.capture,
  });
}
