import type { Tier } from './tiers.ts';

/** What idleness does to a sandbox: it sinks to a tier, or is woken from one. */
export type TierChange = 'sunk' | 'woken';

/** How often idleness has put sandboxes to sleep, and somebody has woken them, since this process began. */
export class TierChanges {
  readonly #counts = new Map<string, { change: TierChange; tier: Tier; count: number }>();

  constructor() {
    for (const change of ['sunk', 'woken'] as const) {
      for (const tier of ['frozen', 'stopped'] as const)
        this.#counts.set(`${change} ${tier}`, { change, tier, count: 0 });
    }
  }

  /** Counts one. */
  note(change: TierChange, tier: Tier): void {
    const counted = this.#counts.get(`${change} ${tier}`);
    if (counted) counted.count += 1;
  }

  /** Each with its number, those that have not happened too. */
  list(): { change: TierChange; tier: Tier; count: number }[] {
    return [...this.#counts.values()];
  }
}
