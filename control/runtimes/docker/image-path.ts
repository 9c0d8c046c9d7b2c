import type { IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import type { Engine } from './engine.ts';
import { helperLabel } from './names.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';

/** Bits of Go's os.FileMode. */
const directoryBit = 2 ** 31;
const linkBit = 2 ** 27;
/** Images times paths that are remembered. */
const mostKnown = 10_000;
/** As many links as the kernel follows on one way. */
const mostLinks = 40;

/** What is in the way: the path of a link or a file in an image. Undefined: directories only, or nothing yet. */
export type InTheWay = string | undefined;

/** What lies at a path of a container. `linkTarget`: where a link of the image's leads in the end. */
interface Entry {
  mode: number;
  linkTarget: string;
}

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
          const inTheWay = await this.#obstacle(container, path);
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
          const end = await this.#followed(container, path);
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

  async #obstacle(container: string, path: string): Promise<InTheWay> {
    for (const prefix of prefixesOf(path)) {
      const entry = await this.#entryAt(container, prefix);
      if (entry === undefined) return undefined;
      if (!isDirectory(entry)) return prefix;
    }
    return undefined;
  }

  /** Where a path leads: itself, as far as nothing is there. */
  async #followed(container: string, path: string): Promise<string> {
    for (let [links, at] = [0, path]; links < mostLinks; links += 1) {
      const link = await this.#firstLink(container, at);
      if (link === undefined) return at;
      at = link;
    }
    return path;
  }

  /** The path with the first link on it followed; undefined when there is none. */
  async #firstLink(container: string, path: string): Promise<string | undefined> {
    for (const prefix of prefixesOf(path)) {
      const entry = await this.#entryAt(container, prefix);
      if (entry === undefined) return undefined;
      if (isLink(entry)) return posix.join(entry.linkTarget, path.slice(prefix.length));
    }
    return undefined;
  }

  /** Undefined: nothing is there. */
  async #entryAt(container: string, path: string): Promise<Entry | undefined> {
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
        return JSON.parse(Buffer.from(String(stat), 'base64').toString()) as Entry;
      });
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }
}

/** `/a`, `/a/b` and `/a/b/c` of the last. */
function prefixesOf(path: string): string[] {
  const names = path.split('/').slice(1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

function isDirectory(entry: Entry): boolean {
  return Math.floor(entry.mode / directoryBit) % 2 === 1 && !isLink(entry);
}

function isLink({ mode }: Entry): boolean {
  return Math.floor(mode / linkBit) % 2 === 1;
}
