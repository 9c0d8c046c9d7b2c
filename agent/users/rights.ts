import type { Caller } from './passwd.ts';

const own = { groups: process.getgroups!(), egid: process.getegid!(), euid: process.geteuid!() };

/** Somebody's rights are on. */
let lent = false;

/**
 * Runs `operation` with the file system rights of `caller` in place of root's, so that a link planted by a user leads
 * nowhere the user couldn't go.
 *
 * The effective ids of a process belong to all its threads, so the operation has to be synchronous: everything that takes a
 * path (open, stat, rename …) goes through here, bytes then move through descriptors. The real uid stays root's, so the
 * user's processes can't signal or trace the agent meanwhile.
 */
export function withRights<T>(caller: Caller, operation: () => T): T {
  if (own.euid !== 0 || (caller.uid === 0 && caller.gid === own.egid)) return operation();
  // The inner one would end with root's rights inside the outer one.
  if (lent) throw new Error('withRights does not nest');
  lent = true;
  try {
    process.setgroups!(caller.groups);
    process.setegid!(caller.gid);
    // Refused for a user that a user namespace doesn't map; what was set by then has to be undone as well.
    process.seteuid!(caller.uid);
    return operation();
  } finally {
    lent = false;
    process.seteuid!(own.euid);
    process.setegid!(own.egid);
    process.setgroups!(own.groups);
  }
}
