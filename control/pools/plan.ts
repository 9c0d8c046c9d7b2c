import type { MemberRow } from './store.ts';

/** One pool as it stands. */
export interface Standing {
  name: string;
  /** That members are made by now; others are of an earlier version, or of an image that has changed. */
  key: string;
  /** How many are to stand by. */
  target: number;
  /** Bytes of memory that a member may use. */
  memory: number;
  /** On their way. */
  making: number;
  /** False while the last one that failed is not long ago. */
  mayMake: boolean;
}

export interface Budget {
  /** Bytes that all members together may use. */
  memory: number;
  members: number;
}

/** What is to be done next. */
export interface Plan {
  /** They stand by for nobody, or are too many. */
  drained: MemberRow[];
  /** Names of pools that one more is to be made for, in this order: the pool that has the least of what it should comes first. */
  wanted: string[];
}

/** What is left of a budget beside members that nothing is to be done about. */
export function without(members: MemberRow[], { memory, members: count }: Budget): Budget {
  const used = sum(members.map(({ limits }) => limits.memory ?? 0));
  return { memory: memory - used, members: count - members.length };
}

/** Compares what stands by with what should, within the budget. */
export function plan(pools: Standing[], members: MemberRow[], budget: Budget): Plan {
  const known = new Map(pools.map((pool) => [pool.name, pool]));
  const drained = members.filter(({ pool, key }) => known.get(pool)?.key !== key);
  const counts = new Map<string, number>();
  for (const pool of pools) {
    const own = members.filter((member) => member.pool === pool.name && member.key === pool.key);
    const tooMany = Math.max(0, own.length - pool.target);
    // The oldest, so that none stands by for ever.
    drained.push(...own.slice(0, tooMany));
    counts.set(pool.name, own.length - tooMany + pool.making);
  }
  const left = {
    memory: budget.memory - sum(pools.map(({ name, memory }) => counts.get(name)! * memory)),
    members: budget.members - sum([...counts.values()]),
  };
  const wanted: string[] = [];
  for (;;) {
    const lacking = pools
      .filter(({ name, target, mayMake, memory }) => mayMake && counts.get(name)! < target && memory <= left.memory)
      .sort((a, b) => counts.get(a.name)! / a.target - counts.get(b.name)! / b.target);
    const next = lacking[0];
    if (!next || left.members < 1) return { drained, wanted };
    wanted.push(next.name);
    counts.set(next.name, counts.get(next.name)! + 1);
    left.memory -= next.memory;
    left.members -= 1;
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
