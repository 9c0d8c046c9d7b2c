import { createHash } from 'node:crypto';
import type { ContainerSpec, Limits } from '../runtimes/runtime.ts';

/** Only at the making of a container does the agent learn it; and the image, which is in the key, and a claim decide it anew. */
const claimedSetting = 'CUBBY_KEEP_HOME';

/** What of a container is decided when it is made. What a claim decides (environment, user, entrypoint) is not in it. */
export interface MemberKey {
  /** The same for all that can become each other. */
  exact: string;
  /** The same for all that can but for their limits; that of the disk is given when a container is made, and never changed. */
  sizeless: string;
}

/** `imageId`: by content, since a name may be given to another image. `surroundings`: what the administrator has decided, and the pack. */
export function memberKey(spec: ContainerSpec, imageId: string, surroundings: string): MemberKey {
  const { profile, workdir, network, ociRuntime, settings, limits } = spec;
  const kept = Object.entries(settings).filter(([name]) => name !== claimedSetting);
  const base = [imageId, profile, workdir, network, ociRuntime ?? '', kept.sort(), limits.disk ?? 0, surroundings];
  const sizeless = hash(base);
  return { sizeless, exact: `${sizeless}.${hash([limits.memory, limits.cpu, limits.pids, limits.spool])}` };
}

/** The part of a key that is the same for all sizes. */
export function sizelessOf(exact: string): string {
  return exact.split('.')[0]!;
}

/** At this much, and above, the bounds of the agent's own memory are the same whatever a sandbox has. */
const roomy = 512 * 1024 ** 2;

/**
 * Whether a container of some limits can be given others while it runs. The spool's size and the agent's heap are set when it
 * starts, by its memory: with less of that they would be too large for it. A spool that is smaller than it could be is none the worse.
 */
export function canBecome(has: Limits, wanted: Limits): boolean {
  if (has.memory === undefined || wanted.memory === undefined) return false;
  return has.spool <= wanted.spool && (wanted.memory >= has.memory || wanted.memory >= roomy);
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
