import { lookup } from 'node:dns/promises';
import { ApiError } from '../../shared/api/errors.ts';
import { isHostName } from './host-name.ts';
import { parseRange, type Range } from './ranges.ts';

/** How long a name's addresses are believed: a database behind a name moves now and then. */
const validMs = 60_000;

type Lookup = (name: string) => Promise<string[]>;

const lookupAll: Lookup = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * The addresses that the administrator closes besides the fixed list, given as ranges or as names. A name that leads
 * nowhere is an error, not an empty list: what was to be closed would be open. Once it was known, its last addresses hold.
 */
export class Named {
  readonly #fixed: Range[] = [];
  readonly #names: string[] = [];
  readonly #found = new Map<string, { ranges: Range[]; until: number }>();
  readonly #lookup: Lookup;

  /** @throws `INVALID_PARAMETER` for what is neither a range nor a host name */
  constructor(entries: string[], field: string, lookup: Lookup = lookupAll) {
    this.#lookup = lookup;
    for (const entry of entries) {
      const range = parseRange(entry);
      if (range !== undefined) this.#fixed.push(range);
      else if (isHostName(entry)) this.#names.push(entry);
      else {
        throw new ApiError('INVALID_PARAMETER', `${field}: ${JSON.stringify(entry.slice(0, 100))} is none of these`, {
          field,
          expected: 'an address, a range such as 10.1.2.0/24, or the name of a host',
        });
      }
    }
  }

  /** All ranges, names resolved. @throws `NETWORK_RULES_FAILED` while a name has never been resolved */
  async ranges(): Promise<Range[]> {
    const named = await Promise.all(this.#names.map((name) => this.#resolve(name)));
    return [...this.#fixed, ...named.flat()];
  }

  async #resolve(name: string): Promise<Range[]> {
    const known = this.#found.get(name);
    if (known !== undefined && performance.now() < known.until) return known.ranges;
    try {
      const ranges = (await this.#lookup(name)).flatMap((address) => parseRange(address) ?? []);
      if (ranges.length === 0) throw new Error('no address');
      this.#found.set(name, { ranges, until: performance.now() + validMs });
      return ranges;
    } catch (error) {
      if (known !== undefined) return known.ranges;
      const message = `rules of the network: ${name} is to be closed but can't be resolved: ${(error as Error).message}`;
      throw new ApiError('NETWORK_RULES_FAILED', message, { cause: error });
    }
  }
}
