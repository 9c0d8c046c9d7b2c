import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A table that knows how many there are in each state. */
interface Counted {
  countByState(): Record<string, number>;
}

/** One pool, for the counting. */
export interface PoolFacts {
  name: string;
  ready: number;
  making: number;
  target: number;
  counts: object;
}

/** How often one thing of idleness' has happened. */
interface TierChange {
  change: string;
  tier: string;
  count: number;
}

/** What is known of one sandbox's disk. */
interface DiskFacts {
  enforcement: string;
  bytes?: number | undefined;
}

/** Control's own metrics: its process, and how many sandboxes, snapshots and workspaces there are in each state. */
export class ControlMetrics {
  readonly #registry = new Registry();

  constructor({ sandboxes, snapshots, workspaces }: Record<'sandboxes' | 'snapshots' | 'workspaces', Counted>) {
    collectDefaultMetrics({ register: this.#registry, prefix: 'cubby_control_' });
    this.#count('cubby_sandboxes', 'Sandboxes by state.', sandboxes);
    this.#count('cubby_snapshots', 'Snapshots by state.', snapshots);
    this.#count('cubby_workspaces', 'Workspaces by the state of their sandbox.', workspaces);
  }

  /** What stands by, and what has become of others. */
  pools(source: { facts(): PoolFacts[] }): void {
    new Gauge({
      name: 'cubby_pool_members',
      help: 'Sandboxes that stand by, are on their way to, and should.',
      labelNames: ['pool', 'state'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name: pool, ready, making, target } of source.facts())
          for (const [state, count] of Object.entries({ ready, making, target })) this.set({ pool, state }, count);
      },
    });
    new Counter({
      name: 'cubby_pool_events_total',
      help: 'What has become of sandboxes that stood by, or should have, since this server started.',
      labelNames: ['pool', 'event'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name: pool, counts } of source.facts())
          for (const [event, count] of Object.entries(counts)) this.inc({ pool, event }, count as number);
      },
    });
  }

  /** What idleness does: how many sandboxes are in each tier, and how often they sank and were woken. */
  tiers(source: { countByTier(): Record<string, number> }, changes: { list(): TierChange[] }): void {
    new Gauge({
      name: 'cubby_sandboxes_by_tier',
      help: 'Sandboxes that have not ended by what their container is, or is being made.',
      labelNames: ['tier'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [tier, count] of Object.entries(source.countByTier())) this.set({ tier }, count);
      },
    });
    new Counter({
      name: 'cubby_tier_changes_total',
      help: 'How often sandboxes that nobody used sank to a tier, and were woken from it, since this server started.',
      labelNames: ['change', 'tier'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { count, ...labels } of changes.list()) this.inc({ ...labels }, count);
      },
    });
  }

  /** What is known of disks: limits are kept by the engine, or watched, and those over theirs stopped. */
  disks(
    source: { list(): [id: string, use: DiskFacts][]; stops: number },
    limitOf: (id: string) => number | undefined,
  ): void {
    new Gauge({
      name: 'cubby_sandbox_disk_limit_bytes',
      help: 'What a sandbox may write beyond its image, and whether that is enforced by the engine or watched.',
      labelNames: ['sandbox', 'enforcement'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [sandbox, { enforcement }] of source.list()) {
          const limit = limitOf(sandbox);
          if (limit !== undefined) this.set({ sandbox, enforcement }, limit);
        }
      },
    });
    new Gauge({
      name: 'cubby_sandbox_disk_used_bytes',
      help: 'What a sandbox that is watched had written when it was last looked at.',
      labelNames: ['sandbox'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [sandbox, { bytes }] of source.list()) if (bytes !== undefined) this.set({ sandbox }, bytes);
      },
    });
    new Counter({
      name: 'cubby_disk_stops_total',
      help: 'How often sandboxes were stopped because they had more on their disk than they may, since this server started.',
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(source.stops);
      },
    });
  }

  /** As text, without the end mark of OpenMetrics. */
  async text(format: 'prometheus' | 'openmetrics'): Promise<string> {
    const text = await this.#registry.metrics();
    if (format === 'prometheus') return text;
    // OpenMetrics has no empty lines, and names a counter's family, and only a counter's, without its ending.
    return text
      .replace(/\n{2,}/g, '\n')
      .replace(/^# HELP (\S+)_total (.*)\n# TYPE \1_total counter$/gm, '# HELP $1 $2\n# TYPE $1 counter');
  }

  close(): void {
    this.#registry.clear();
  }

  #count(name: string, help: string, counted: Counted): void {
    new Gauge({
      name,
      help,
      labelNames: ['state'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [state, count] of Object.entries(counted.countByState())) this.set({ state }, count);
      },
    });
  }
}
