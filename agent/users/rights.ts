import { fstat } from 'node:fs';
import type { Caller } from './passwd.ts';

/** What `rights.c` exports: both are about the calling thread only. */
interface Rights {
  lend(uid: number, gid: number, groups: Uint32Array): void;
  takeBack(): void;
}

const own = { egid: process.getegid!(), euid: process.geteuid!() };

let rights: Rights | undefined;

/** Somebody's rights are on. */
let lent = false;

/**
 * Loads the pack's `rights.node`, which `withRights` needs where the process is root; for anybody else there is nothing to
 * switch and nothing is loaded. Again is fine. @throws Error where it can't be loaded
 */
export function loadRights(addon: string): void {
  if (own.euid !== 0 || rights) return;
  const loaded = { exports: {} };
  process.dlopen(loaded, addon);
  rights = loaded.exports as Rights;
  // A thread begins with the rights of the one that starts it. This starts Node's thread pool, all of it, with the agent's own.
  fstat(0, () => {});
}

/**
 * Runs `operation` with the file system rights of `caller` in place of root's, so that a link planted by a user leads
 * nowhere the user couldn't go.
 *
 * The rights are those of the main thread, so the operation has to be synchronous: everything that takes a path (open, stat,
 * rename …) goes through here, bytes then move through descriptors in the thread pool, with the agent's rights. The real
 * uid stays root's, so the user's processes can't signal or trace the agent meanwhile.
 */
export function withRights<T>(caller: Caller, operation: () => T): T {
  if (own.euid !== 0 || (caller.uid === 0 && caller.gid === own.egid)) return operation();
  // The inner one would end with root's rights inside the outer one.
  if (lent) throw new Error('withRights does not nest');
  if (!rights) throw new Error('withRights as root needs loadRights first');
  // Refused for a user that a user namespace doesn't map; then nothing has changed.
  rights.lend(caller.uid, caller.gid, Uint32Array.from(caller.groups));
  lent = true;
  try {
    return operation();
  } finally {
    rights.takeBack();
    lent = false;
  }
}
