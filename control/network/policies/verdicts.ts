import { parseRange, printAddress, type Range } from '../ranges.ts';
import { flatten, type Interval, intervalAt } from './intervals.ts';
import { type Action, modeOf, type Policy, type Rule, targetOf } from './policy.ts';

/** What is decided, and by which rule: its place in the policy, or infinity for the default. */
export interface Verdict {
  action: Action;
  rank: number;
}

/** A policy made ready to be asked: what it says of names, and what of addresses. */
export class Verdicts {
  readonly policy: Policy;
  /** True when it allows everything, so that there is nothing to enforce. */
  readonly isOpen: boolean;
  readonly #rules: Rule[];
  readonly #names = new Map<string, number>();
  readonly #below = new Map<string, number>();
  readonly #intervals: Record<4 | 6, Interval[]>;

  constructor(policy: Policy) {
    this.policy = policy;
    this.isOpen = modeOf(policy) === 'allow_all';
    this.#rules = policy.egress;
    const ranges: { range: Range; rank: number }[] = [];
    for (const [rank, rule] of policy.egress.entries()) {
      const target = targetOf(rule);
      if (target.kind === 'range') ranges.push({ range: target.range, rank });
      else {
        const names = target.kind === 'name' ? this.#names : this.#below;
        if (!names.has(target.name)) names.set(target.name, rank);
      }
    }
    this.#intervals = { 4: flatten(ranges, 4), 6: flatten(ranges, 6) };
  }

  /** What the policy says of a name, which is in lower case and without a dot at its end. */
  name(name: string): Verdict {
    let rank = this.#names.get(name) ?? Number.POSITIVE_INFINITY;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      rank = Math.min(rank, this.#below.get(name.slice(dot + 1)) ?? rank);
    }
    return this.#verdict(rank);
  }

  /** What its rules for addresses say of one. */
  address(address: string): Verdict {
    const range = parseRange(address)!;
    const interval = intervalAt(this.#intervals[range.family], range.first);
    return this.#verdict(interval?.rank ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Whether a name may be resolved that is an alias of the others, one after the other. Whoever owns an allowed name says by
   * it what it leads to, so an alias need not be allowed itself; but a rule that denies it and comes before the one that
   * allows the name holds, or an alias would be the way around it.
   */
  admits([asked = '', ...aliases]: readonly string[]): boolean {
    const { action, rank } = this.name(asked);
    if (action === 'deny') return false;
    return aliases.every((alias) => {
      const theirs = this.name(alias);
      return theirs.action === 'allow' || theirs.rank > rank || theirs.rank === Number.POSITIVE_INFINITY;
    });
  }

  /** Addresses of one family that the rules treat in another way than the default does, as `a` or `a-b`. */
  listed(family: 4 | 6): string[] {
    const others = this.#intervals[family].filter(
      ({ rank }) => this.#verdict(rank).action !== this.policy.defaultAction,
    );
    const joined: Interval[] = [];
    for (const { first, last, rank } of others) {
      const before = joined.at(-1);
      if (before !== undefined && before.last + 1n === first) before.last = last;
      else joined.push({ first, last, rank });
    }
    return joined.map(({ first, last }) => {
      const from = printAddress(family, first);
      return first === last ? from : `${from}-${printAddress(family, last)}`;
    });
  }

  /**
   * Whether an address has to be opened for a name that leads there, since the rules for addresses would refuse it. A rule that
   * denies the address and comes before the one that allows the name holds.
   */
  needsDoor(name: string, address: string): boolean {
    const { action, rank } = this.address(address);
    return action === 'deny' && rank > this.name(name).rank;
  }

  /** Whether an address is to be closed for a denied name that leads there, since the rules for addresses would let it through. */
  needsWall(name: string, address: string): boolean {
    const { action, rank } = this.address(address);
    return action === 'allow' && rank > this.name(name).rank;
  }

  /** Names that are denied by themselves, without a star; none where no address can be reached without a name. */
  deniedNames(): string[] {
    const reachesAddresses = this.policy.defaultAction === 'allow' || this.listed(4).length + this.listed(6).length > 0;
    return reachesAddresses ? [...this.#names.keys()].filter((name) => this.name(name).action === 'deny') : [];
  }

  #verdict(rank: number): Verdict {
    return { action: this.#rules[rank]?.action ?? this.policy.defaultAction, rank };
  }
}
