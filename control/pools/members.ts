import type { Limits } from '../runtimes/runtime.ts';
import { canBecome, type MemberKey, sizelessOf } from './key.ts';
import type { MemberRow, MemberStore } from './store.ts';

/** Who stands by, who is on the way to, and who is being removed: all containers that are no sandboxes and yet have a reason to be there. */
export class Members {
  readonly #store: MemberStore;
  readonly #standing: Map<string, MemberRow>;
  /** Id, and the name of the pool. */
  readonly #coming = new Map<string, string>();
  readonly #leaving = new Set<string>();

  /** Those of an earlier process stand by as they did. */
  constructor(store: MemberStore) {
    this.#store = store;
    this.#standing = new Map(store.all().map((member) => [member.id, member]));
  }

  has(id: string): boolean {
    return this.#standing.has(id) || this.#coming.has(id) || this.#leaving.has(id);
  }

  get(id: string): MemberRow | undefined {
    return this.#standing.get(id);
  }

  /** All that stand by, oldest first. */
  get all(): MemberRow[] {
    return [...this.#standing.values()];
  }

  /** How many are being made, for one pool or for all. */
  coming(pool?: string): number {
    return [...this.#coming.values()].filter((name) => pool === undefined || name === pool).length;
  }

  /** One is being made. */
  expect(id: string, pool: string): void {
    this.#coming.set(id, pool);
  }

  /** What was being made stands by. */
  add(member: MemberRow): void {
    this.#store.insert(member);
    this.#standing.set(member.id, member);
  }

  /** What was being made is there, or is not. */
  settled(id: string): void {
    this.#coming.delete(id);
  }

  /** Takes one that is just that, else one that can become it: nobody else is given it. */
  take(key: MemberKey, limits: Limits): MemberRow | undefined {
    const { all } = this;
    const fitting =
      all.find((member) => member.key === key.exact) ??
      all.find((member) => sizelessOf(member.key) === key.sizeless && canBecome(member.limits, limits));
    if (fitting) this.#standing.delete(fitting.id);
    return fitting;
  }

  /** Forgets one that was taken; false when it was forgotten before. */
  forget(id: string): boolean {
    return this.#store.remove(id);
  }

  /** It stands by no more, and is there until `removal` settles. */
  async leave({ id }: MemberRow, removal: () => Promise<void>): Promise<void> {
    this.#standing.delete(id);
    this.#store.remove(id);
    this.#leaving.add(id);
    try {
      await removal();
    } finally {
      this.#leaving.delete(id);
    }
  }
}
