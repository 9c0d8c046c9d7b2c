import type { Verdicts } from './policies/verdicts.ts';

/** Names that are looked up for one sandbox, and how many at once. */
const nameLimit = 512;
const atOnce = 32;
/** How long the first lookup of all may keep a sandbox, or a change, waiting. */
const patienceMs = 2000;
/** How long an address stays closed that a name has led to: large sites answer with some of theirs at a time. */
const rememberedMs = 600_000;
/** Addresses that are closed for one name, and for all, the latest of them: whoever owns a name may answer with as many as he likes. */
const addressLimit = 256;
const totalLimit = 16_384;

/** What a name leads to, of all families that sandboxes have. Never fails: a name that can't be looked up leads nowhere. */
export type Lookup = (name: string, stop: AbortSignal) => Promise<string[]>;

/**
 * Where denied names lead to. A sandbox gets no answer for them, but it may know an address from elsewhere: so the addresses of names
 * that are denied by themselves are closed as far as they are known here.
 */
export class DeniedNames {
  readonly #lookup: Lookup;
  /** By name and address: when it was last seen. */
  #seen = new Map<string, Map<string, number>>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** Addresses to close under a policy: those that its rules for addresses would let through. */
  async addresses(verdicts: Verdicts): Promise<string[]> {
    const names = verdicts.deniedNames().slice(0, nameLimit);
    if (names.length === 0) return [];
    const stop = AbortSignal.timeout(patienceMs);
    const left = names.values();
    const work = async () => {
      for (const name of left) this.#remember(name, await this.#lookup(name, stop));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const wanted = new Set(names);
    this.#seen = new Map([...this.#seen].filter(([name]) => wanted.has(name)));
    const found = names.flatMap((name) =>
      [...(this.#seen.get(name)?.keys() ?? [])].filter((address) => verdicts.needsWall(name, address)),
    );
    return [...new Set(found)].slice(0, totalLimit).sort();
  }

  #remember(name: string, addresses: readonly string[]): void {
    const now = performance.now();
    const fresh = new Map(addresses.slice(0, addressLimit).map((address) => [address, now]));
    const seen = [...(this.#seen.get(name) ?? [])].filter(
      ([address, at]) => now - at < rememberedMs && !fresh.has(address),
    );
    this.#seen.set(name, new Map([...seen, ...fresh].slice(-addressLimit)));
  }
}
