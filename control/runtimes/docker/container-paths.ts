import type { IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import type { Engine } from './engine.ts';
import { isRefusal } from './refusal.ts';

/** Bits of Go's os.FileMode. */
const directoryBit = 2 ** 31;
const linkBit = 2 ** 27;
/** As many links as the kernel follows on one way. */
const mostLinks = 40;

/** What lies at a path of a container. `linkTarget`: where a link leads in the end. */
interface Entry {
  mode: number;
  linkTarget: string;
}

/** What is in the way to a path, which is absolute and clean: the first link or file on it. The container doesn't run. */
export async function obstacleIn(engine: Engine, container: string, path: string): Promise<string | undefined> {
  for (const prefix of prefixesOf(path)) {
    const entry = await entryAt(engine, container, prefix);
    if (entry === undefined) return undefined;
    if (!isDirectory(entry)) return prefix;
  }
  return undefined;
}

/** Where a path leads when all links of the container's are followed: itself, as far as nothing is there. */
export async function followedIn(engine: Engine, container: string, path: string): Promise<string> {
  for (let [links, at] = [0, path]; links < mostLinks; links += 1) {
    const link = await firstLink(engine, container, at);
    if (link === undefined) return at;
    at = link;
  }
  return path;
}

/** The path with the first link on it followed; undefined when there is none. */
async function firstLink(engine: Engine, container: string, path: string): Promise<string | undefined> {
  for (const prefix of prefixesOf(path)) {
    const entry = await entryAt(engine, container, prefix);
    if (entry === undefined) return undefined;
    if (isLink(entry)) return posix.join(entry.linkTarget, path.slice(prefix.length));
  }
  return undefined;
}

/** Undefined: nothing is there. */
async function entryAt(engine: Engine, container: string, path: string): Promise<Entry | undefined> {
  const request = {
    what: 'look into a container',
    method: 'HEAD' as const,
    path: `/containers/${container}/archive`,
    query: { path },
  };
  try {
    return await engine.read(request, async (stream) => {
      stream.resume();
      const stat = (stream as IncomingMessage).headers['x-docker-container-path-stat'];
      return JSON.parse(Buffer.from(String(stat), 'base64').toString()) as Entry;
    });
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
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
