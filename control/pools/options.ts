import type { Runtime } from '../runtimes/runtime.ts';
import type { Blueprint } from './make.ts';
import type { Budget } from './plan.ts';
import type { MemberStore } from './store.ts';

/** A pool that there is to be. */
export interface PoolWish {
  /** Of the template. */
  name: string;
  min: number;
  max: number;
  /** What its members are made of. @throws when that can't be had */
  blueprint(): Promise<Blueprint>;
}

export interface PoolsOptions {
  store: MemberStore;
  runtime: Runtime;
  budget: Budget;
  /** So many are made at once; one, while sandboxes are being made for somebody. */
  startsAtOnce: number;
  readyTimeoutMs: number;
  /** What the administrator has decided about every container, and the pack: a member of another configuration is no member. */
  surroundings: string;
  wishes(): PoolWish[];
  /** True while sandboxes are being made for somebody. */
  isBusy(): boolean;
  now?: () => number;
  log(message: string, details: object): void;
}
