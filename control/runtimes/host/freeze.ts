import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessFacts, type ProcessRef, send, treeOf } from './processes.ts';

const deadlineMs = 20_000;
const lookMs = 5;

/**
 * Stops a tree where it stands: what forks while it is looked at is found by the next look, until one finds nobody who runs. Calls
 * back with those who were stopped before, of whom no more come once the first look is over. False: it was in vain for too long.
 */
export async function freeze(root: ProcessRef, before: (stopped: ProcessRef[]) => void): Promise<boolean> {
  const isStopped = ({ state }: ProcessFacts) => state === 'T' || state === 't';
  before(treeOf(root).filter(isStopped));
  for (const end = performance.now() + deadlineMs; performance.now() < end; await delay(lookMs)) {
    const awake = treeOf(root).filter((one) => !isStopped(one));
    if (awake.length === 0) return true;
    for (const one of awake) send(one, 'SIGSTOP');
  }
  return false;
}

/** Lets a stopped tree go on, children first: a shell that ran before its child would take that for stopped. */
export function thaw(root: ProcessRef, except: readonly ProcessRef[]): void {
  const left = (one: ProcessRef) => except.some(({ pid, start }) => pid === one.pid && start === one.start);
  for (const one of treeOf(root).reverse()) if (!left(one)) send(one, 'SIGCONT');
}
