import type { IncomingMessage } from 'node:http';
import type { Engine } from './engine.ts';
import { helperLabel } from './names.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';

/** Bits of Go's os.FileMode. */
const directoryBit = 2 ** 31;
const linkBit = 2 ** 27;
/** Images times paths that are remembered. */
const mostKnown = 10_000;

/** What is in the way: the path of a link or a file in an image. Undefined: directories only, or nothing yet. */
export type InTheWay = string | undefined;

/**
 * Whether a place in an image can be reached without following a link of the image's. A mount through one would be somewhere
 * else, over Cubby's own programs as an example, and those run before it could be noticed.
 */
export class ImagePaths {
  readonly #engine: Engine;
  readonly #store: string;
  readonly #known = new Map<string, Promise<InTheWay>>();

  constructor(engine: Engine, store: string) {
    this.#engine = engine;
    this.#store = store;
  }

  /** What is in the way to any of some paths, which are absolute and clean. `image`: the content's id, for which the answer never changes. */
  look(image: string, ...paths: readonly string[]): Promise<InTheWay> {
    const key = JSON.stringify([image, paths]);
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= mostKnown) this.#known.clear();
    const looking = this.#look(image, paths).catch((error) => {
      this.#known.delete(key);
      throw error;
    });
    this.#known.set(key, looking);
    return looking;
  }

  /** By a container that is never started and has nothing mounted: nobody can change its files meanwhile. */
  async #look(image: string, paths: readonly string[]): Promise<InTheWay> {
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
      for (const path of paths) {
        const inTheWay = await this.#lookFor(Id, path);
        if (inTheWay !== undefined) return inTheWay;
      }
      return undefined;
    } finally {
      await removeContainer(this.#engine, Id);
    }
  }

  async #lookFor(container: string, path: string): Promise<InTheWay> {
    const names = path.split('/').slice(1);
    for (let depth = 1; depth <= names.length; depth++) {
      const prefix = `/${names.slice(0, depth).join('/')}`;
      const mode = await this.#modeAt(container, prefix);
      if (mode === undefined) return undefined;
      const isDirectory = Math.floor(mode / directoryBit) % 2 === 1 && Math.floor(mode / linkBit) % 2 === 0;
      if (!isDirectory) return prefix;
    }
    return undefined;
  }

  /** Undefined: nothing is there. */
  async #modeAt(container: string, path: string): Promise<number | undefined> {
    const request = {
      what: 'look into an image',
      method: 'HEAD' as const,
      path: `/containers/${container}/archive`,
      query: { path },
    };
    try {
      return await this.#engine.read(request, async (stream) => {
        stream.resume();
        const stat = (stream as IncomingMessage).headers['x-docker-container-path-stat'];
        return (JSON.parse(Buffer.from(String(stat), 'base64').toString()) as { mode: number }).mode;
      });
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }
}
