import type { BuildProgress, BuildRecipe, FoundBuild, ImageBuilds } from '../builds.ts';
import type { SnapshotImage } from '../snapshots.ts';
import { build } from './build.ts';
import { discardBuild, findBuild, listBuilds, removeBuild } from './build-images.ts';
import { prebuiltRepository } from './names.ts';
import type { Store } from './store.ts';

/** Images with packages in them as images of the engine's, named `cubby-prebuilt:<store>-<key>`. */
export class DockerBuilds implements ImageBuilds {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  requireSupport(): void {}

  build(recipe: BuildRecipe, progress: BuildProgress): Promise<void> {
    return build(this.#store, recipe, progress);
  }

  find(key: string): Promise<SnapshotImage | undefined> {
    return findBuild(this.#store, key);
  }

  isName(reference: string): boolean {
    return reference.startsWith(`${prebuiltRepository}:`);
  }

  discard(key: string): Promise<void> {
    return discardBuild(this.#store, key);
  }

  remove(key: string): Promise<boolean> {
    return removeBuild(this.#store, key);
  }

  list(): Promise<FoundBuild[]> {
    return listBuilds(this.#store);
  }
}
