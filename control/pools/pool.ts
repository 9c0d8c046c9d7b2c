import { noCounts, type PoolCounts } from './counts.ts';
import { Demand } from './demand.ts';
import { type MemberKey, memberKey } from './key.ts';
import type { Blueprint } from './make.ts';
import type { Standing } from './plan.ts';

/** After a failure, until the next attempt; doubled by each further one. */
const firstWaitMs = 2000;
const lastWaitMs = 60_000;

/** What one template's sandboxes that stand by are, and how many they should be. */
export class Pool {
  readonly name: string;
  readonly counts: PoolCounts = noCounts();
  readonly demand: Demand;
  readonly #now: () => number;
  #bounds = { min: 0, max: 0 };
  #made: { blueprint: Blueprint; key: MemberKey } | undefined;
  #failures = 0;
  #notBefore = 0;

  constructor(name: string, now: () => number) {
    this.name = name;
    this.#now = now;
    this.demand = new Demand(now);
  }

  /** What its members are made of from now on, and how many there should be. */
  become(blueprint: Blueprint, bounds: { min: number; max: number }, surroundings: string): void {
    const key = memberKey(blueprint.spec, blueprint.imageId, surroundings);
    // What failed may go now.
    if (key.exact !== this.#made?.key.exact) this.made();
    this.#made = { blueprint, key };
    this.#bounds = bounds;
  }

  /** How many there should be. */
  get bounds(): Readonly<{ min: number; max: number }> {
    return this.#bounds;
  }

  get blueprint(): Blueprint | undefined {
    return this.#made?.blueprint;
  }

  get key(): MemberKey | undefined {
    return this.#made?.key;
  }

  /** One was made. */
  made(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** One could not be made. Returns after how many ms the next may be. */
  failed(): number {
    this.counts.failures += 1;
    const wait = Math.min(lastWaitMs, firstWaitMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#notBefore = this.#now() + wait;
    return wait;
  }

  /** How it stands; undefined while it isn't known what its members are made of. */
  standing(making: number): Standing | undefined {
    if (!this.#made) return undefined;
    return {
      name: this.name,
      key: this.#made.key.exact,
      target: this.demand.target(this.#bounds),
      memory: this.#made.blueprint.spec.limits.memory ?? 0,
      making,
      mayMake: this.#now() >= this.#notBefore,
    };
  }
}
