import type { ContainerFacts, ContainerSpec } from '../runtimes/runtime.ts';
import type { Member, StandBy } from '../sandboxes/standby.ts';
import type { PoolCounts } from './counts.ts';
import { memberKey } from './key.ts';
import { makeMember } from './make.ts';
import { Members } from './members.ts';
import type { PoolsOptions, PoolWish } from './options.ts';
import { plan, without } from './plan.ts';
import { Pool } from './pool.ts';
import type { MemberRow } from './store.ts';

/** One pool, and its members by number. */
export interface PoolFacts {
  name: string;
  bounds: Readonly<{ min: number; max: number }>;
  /** What its members are made of by now; undefined: that isn't known yet. */
  key: string | undefined;
  ready: number;
  making: number;
  /** As many as should stand by. */
  target: number;
  counts: PoolCounts;
}

/** An image's name may have been given to another image; and what was asked for is forgotten. */
const lookMs = 30_000;
/** Whoever was just given one comes first: a start takes the processor from others. */
const refillMs = 100;

/**
 * The sandboxes that stand by. What a member is was decided when its container was made; who asks for just that is given one, in the
 * transaction that writes the sandbox down. A row says that one stands by; a container that is being made has none, so that what a process
 * that died has begun is removed as any container without a row.
 */
export class Pools implements StandBy {
  readonly #options: PoolsOptions;
  readonly #now: () => number;
  readonly #pools = new Map<string, Pool>();
  readonly #members: Members;
  readonly #working = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #refill: NodeJS.Timeout | undefined;
  /** Pools of which it is being found out what they are made of, and what was wished for meanwhile. */
  readonly #finding = new Map<string, PoolWish | undefined>();
  readonly #closing = new AbortController();
  #isOpen = false;
  /** False until it is known which pools there are to be: nothing is too much before. */
  #isKnown = false;

  constructor(options: PoolsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    // Those of an earlier process are as good as they were: the engine is asked about each as about a sandbox, its agent when it is claimed.
    this.#members = new Members(options.store);
  }

  /** Begins to fill them. */
  open(): void {
    this.#isOpen = true;
    this.look();
  }

  /** Stops making any. Those that stand by go on without this process. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#closing.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#refill);
    await Promise.all(this.#working);
  }

  /** Ends all members. */
  async drain(): Promise<void> {
    await this.close();
    for (const member of this.#members.all) this.#drain(member);
    await Promise.all(this.#working);
  }

  take(spec: ContainerSpec, imageId: string): Member | undefined {
    if (!this.#isOpen || spec.mounts.length > 0) return undefined;
    const key = memberKey(spec, imageId, this.#options.surroundings);
    const asked = this.#askedOf(key.exact) ?? this.#askedOf(key.sizeless);
    asked?.demand.note();
    const fitting = this.#members.take(key, spec.limits);
    if (!fitting) {
      if (asked) asked.counts.misses += 1;
      this.#work();
      return undefined;
    }
    this.#count(fitting, 'claims');
    if (fitting.key !== key.exact) this.#count(fitting, 'resized');
    return fitting;
  }

  handOver({ id }: Member): void {
    if (!this.#members.forget(id)) throw new Error(`${id} stands by no more`);
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined;
      this.#work();
    }, refillMs).unref();
  }

  lost(member: Member, why: unknown): void {
    this.#options.log('a sandbox that stood by could not be used', { sandbox: member.id, err: why });
    this.#members.forget(member.id);
    this.#count(member as MemberRow, 'deaths');
    this.#work();
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }

  ids(): string[] {
    return this.#members.all.map(({ id }) => id);
  }

  settle(id: string, facts: ContainerFacts | undefined): void {
    const member = this.#members.get(id);
    // One that was started again has lost its network rules; one that is paused can't be asked.
    if (!member || (facts?.state === 'running' && facts.startedAt === member.startedAt)) return;
    this.#options.log('a sandbox that stood by has ended', { sandbox: id, state: facts?.state });
    this.#count(member, 'deaths');
    this.#drain(member);
    this.#work();
  }

  /** How many stand by, by pool, and what has become of others. */
  facts(): PoolFacts[] {
    return [...this.#pools.values()].map((pool) => ({
      name: pool.name,
      bounds: pool.bounds,
      key: pool.key?.exact,
      ready: this.#members.all.filter((member) => member.pool === pool.name).length,
      making: this.#members.coming(pool.name),
      target: pool.standing(0)?.target ?? 0,
      counts: pool.counts,
    }));
  }

  /** Looks again at which pools there are to be, and what their members are made of. */
  look(): void {
    if (!this.#isOpen) return;
    this.#again(lookMs);
    try {
      const wishes = this.#options.wishes();
      const names = new Set(wishes.map(({ name }) => name));
      for (const name of this.#pools.keys()) if (!names.has(name)) this.#pools.delete(name);
      for (const wish of wishes) {
        if (!this.#pools.has(wish.name)) this.#pools.set(wish.name, new Pool(wish.name, this.#now));
        if (this.#finding.has(wish.name)) this.#finding.set(wish.name, wish);
        else void this.#find(wish);
      }
      this.#isKnown = true;
      this.#work();
    } catch (error) {
      this.#options.log('which pools there are to be can’t be had', { err: error });
    }
  }

  /** Finds out what the members of one are made of. That may take long, as for an image that is pulled, and holds up no other. */
  async #find({ name, min, max, blueprint }: PoolWish): Promise<void> {
    this.#finding.set(name, undefined);
    try {
      this.#pools.get(name)?.become(await blueprint(), { min, max }, this.#options.surroundings);
      this.#work();
    } catch (error) {
      this.#options.log('what a pool is made of can’t be had', { pool: name, err: error });
    }
    const next = this.#finding.get(name);
    this.#finding.delete(name);
    // Whoever asked meanwhile has seen a change that this may have missed.
    if (next && this.#isOpen) void this.#find(next);
  }

  #again(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isOpen) this.#timer = setTimeout(() => this.look(), ms).unref();
  }

  /** Removes what is too much, and begins to make what is lacking. */
  #work(): void {
    if (!this.#isOpen || !this.#isKnown) return;
    const { budget, startsAtOnce, isBusy } = this.#options;
    const standing = [...this.#pools.values()].flatMap((pool) => pool.standing(this.#members.coming(pool.name)) ?? []);
    const waiting = new Set([...this.#pools.values()].filter(({ key }) => !key).map(({ name }) => name));
    const { aside = [], members = [] } = Object.groupBy(this.#members.all, ({ pool }) =>
      waiting.has(pool) ? 'aside' : 'members',
    );
    const { drained, wanted } = plan(standing, members, without(aside, budget));
    for (const member of drained) this.#drain(member);
    const places = (isBusy() ? 1 : startsAtOnce) - this.#members.coming();
    for (const name of wanted.slice(0, Math.max(0, places))) this.#make(this.#pools.get(name)!);
  }

  #make(pool: Pool): void {
    const { blueprint, key } = pool;
    if (!blueprint || !key) return;
    const { runtime, readyTimeoutMs, log } = this.#options;
    let id = '';
    const onId = (made: string) => {
      id = made;
      this.#members.expect(id, pool.name);
    };
    const { signal } = this.#closing;
    const work = makeMember(blueprint, { runtime, pool: pool.name, readyTimeoutMs, signal, onId, log }).then(
      (member) => {
        this.#members.add({ ...member, key: key.exact, createdAt: this.#now() });
        pool.made();
      },
      (error: unknown) => {
        if (signal.aborted) return;
        const wait = pool.failed();
        log('a sandbox that was to stand by could not be made', { pool: pool.name, err: error });
        this.#again(Math.min(wait, lookMs));
      },
    );
    this.#track(
      work.finally(() => {
        this.#members.settled(id);
        this.#work();
      }),
    );
  }

  /** It stands by no more. What is left of it, where the engine does not remove it, is a container without a row. */
  #drain(member: MemberRow): void {
    const { runtime, log } = this.#options;
    const failed = (error: unknown) =>
      log('a sandbox that stood by is removed later', { sandbox: member.id, err: error });
    this.#track(this.#members.leave(member, () => runtime.remove(member.id).catch(failed)));
  }

  #track(work: Promise<void>): void {
    const failed = (error: unknown) => this.#options.log('a pool is looked at again later', { err: error });
    const tracked = work.catch(failed).finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }

  #count({ pool }: MemberRow, what: keyof PoolCounts): void {
    const counts = this.#pools.get(pool)?.counts;
    if (counts) counts[what] += 1;
  }

  #askedOf(key: string): Pool | undefined {
    return [...this.#pools.values()].find((pool) => pool.key?.exact === key || pool.key?.sizeless === key);
  }
}
