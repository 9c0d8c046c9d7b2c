import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What the kernel knows a directory by, whatever its path. */
export function identityOf({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/**
 * The places that no sandbox may be given, whatever the administrator allows: who can write there owns the host, or every
 * sandbox. They are known by their identity, so that a second mount of one is recognised too.
 */
export class KeptPlaces {
  readonly #places: ReadonlySet<string>;
  readonly #above: ReadonlySet<string>;

  private constructor(places: ReadonlySet<string>, above: ReadonlySet<string>) {
    this.#places = places;
    this.#above = above;
  }

  /** Looks where they are now. What isn't there is left out. */
  static async find(paths: readonly string[]): Promise<KeptPlaces> {
    const places = new Set<string>();
    const above = new Set<string>();
    for (const path of paths) {
      const real = await realpath(path).catch(() => undefined);
      if (real === undefined) continue;
      places.add(identityOf(await stat(real, { bigint: true })));
      for (let up = real; up !== '/'; ) {
        up = dirname(up);
        above.add(identityOf(await stat(up, { bigint: true })));
      }
    }
    return new KeptPlaces(places, above);
  }

  /** True for a kept place: nothing below it may be mounted either. */
  has(stats: BigIntStats): boolean {
    return this.#places.has(identityOf(stats));
  }

  /** True for a directory that a kept place is somewhere below. */
  isBelow(stats: BigIntStats): boolean {
    return this.#above.has(identityOf(stats));
  }
}
