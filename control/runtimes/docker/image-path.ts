import { followedIn, obstacleIn } from './container-paths.ts';
import type { Engine } from './engine.ts';
import { helperLabel } from './names.ts';
import { removeContainer } from './removal.ts';

/** Images times paths that are remembered. */
const mostKnown = 10_000;

/** What is in the way: the path of a link or a file in an image. Undefined: directories only, or nothing yet. */
export type InTheWay = string | undefined;

/**
 * Whether a place in an image can be reached without following a link of the image's, and where one leads. A mount through a link would be
 * somewhere else, over Cubby's own programs as an example, and those run before it could be noticed.
 */
export class ImagePaths {
  readonly #engine: Engine;
  readonly #store: string;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(engine: Engine, store: string) {
    this.#engine = engine;
    this.#store = store;
  }

  /** What is in the way to any of some paths, which are absolute and clean. `image`: the content's id, for which the answer never changes. */
  look(image: string, ...paths: readonly string[]): Promise<InTheWay> {
    return this.#remember(['look', image, ...paths], () =>
      this.#inside(image, async (container) => {
        for (const path of paths) {
          const inTheWay = await obstacleIn(this.#engine, container, path);
          if (inTheWay !== undefined) return inTheWay;
        }
        return undefined;
      }),
    );
  }

  /** The first of some paths that leads to a place, or below it, when all links of the image's are followed. Undefined: none does. */
  leadingTo(place: string, image: string, paths: readonly string[]): Promise<string | undefined> {
    return this.#remember(['leadingTo', place, image, ...paths], () =>
      this.#inside(image, async (container) => {
        for (const path of paths) {
          const end = await followedIn(this.#engine, container, path);
          if (`${end}/`.startsWith(`${place}/`)) return path;
        }
        return undefined;
      }),
    );
  }

  #remember(what: string[], find: () => Promise<string | undefined>): Promise<string | undefined> {
    const key = JSON.stringify(what);
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= mostKnown) this.#known.clear();
    const finding = find().catch((error) => {
      this.#known.delete(key);
      throw error;
    });
    this.#known.set(key, finding);
    return finding;
  }

  /** By a container that is never started: nobody can change its files meanwhile. */
  async #inside<T>(image: string, work: (container: string) => Promise<T>): Promise<T> {
    const { Id } = await this.#engine.ask<{ Id: string }>({
      what: 'make a container to look into an image',
      method: 'POST',
      path: '/containers/create',
      body: {
        Image: image,
        Entrypoint: ['/never'],
        Labels: { [helperLabel]: this.#store },
        NetworkDisabled: true,
      },
    });
    try {
      return await work(Id);
    } finally {
      await removeContainer(this.#engine, Id);
    }
  }
}
