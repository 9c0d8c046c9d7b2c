import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';

/** A server of names that queries are passed on to. */
export interface Upstream {
  address: string;
  port: number;
}

/** How long the file is believed before it is looked at again. */
const checkMs = 1000;

/**
 * The host's own resolvers, from `/etc/resolv.conf`, followed as the file changes: a laptop or a DHCP lease moves them
 * while sandboxes run.
 */
export class Resolvers {
  readonly #path: string;
  #known: Upstream[] = [];
  #version = '';
  #checked = Number.NEGATIVE_INFINITY;

  constructor(path = '/etc/resolv.conf') {
    this.#path = path;
  }

  /** Those that the file names now; the last known ones while it can't be read. */
  async list(): Promise<Upstream[]> {
    const now = performance.now();
    if (now - this.#checked < checkMs) return this.#known;
    this.#checked = now;
    try {
      const { mtimeMs, ino, size } = await stat(this.#path);
      const version = `${mtimeMs} ${ino} ${size}`;
      if (version !== this.#version) {
        this.#known = parseResolvConf(await readFile(this.#path, 'utf8'));
        this.#version = version;
      }
    } catch {
      // It is replaced by rename as a rule; where it is truly gone, old resolvers are better than none.
    }
    return this.#known;
  }
}

/** Whom to ask: those that the administrator names, or the host's own where none is named. */
export function upstreamsFrom(named: readonly Upstream[], resolvers = new Resolvers()): () => Promise<Upstream[]> {
  return () => (named.length > 0 ? Promise.resolve([...named]) : resolvers.list());
}

/** The `nameserver` lines, in order. As in the C library, an address that isn't one is passed over. */
export function parseResolvConf(text: string): Upstream[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address.replace(/%.*$/, '')) !== 0)
    .map((address) => ({ address, port: 53 }));
}
