import { type FileHandle, readFile } from 'node:fs/promises';
import type { ContainerView, VolumeMount } from '../runtimes/runtime.ts';
import { BlockedPath, descend } from './descend.ts';
import { identityOf } from './kept-places.ts';
import { namesOf } from './paths.ts';

/** What is not as it should be: where a volume is in the container, or what was mounted there. */
export interface Misplacement {
  part: 'target' | 'source';
  found: string;
}

const elsewhere: Misplacement = { part: 'target', found: 'another place that it was mounted at' };

/**
 * What is wrong with a mount of a container that was started, and whose user's programs have not been: undefined when what
 * lies at its target is mounted there, is the very directory that was opened (`identity`), and is read-only if it should be.
 */
export async function misplaced(
  { root, mountinfo }: ContainerView,
  { target, readOnly }: VolumeMount,
  identity: string | undefined,
): Promise<Misplacement | undefined> {
  let place: FileHandle | undefined;
  try {
    place = await descend(root, namesOf(target) ?? []);
    const stats = await place.stat({ bigint: true });
    if (identity !== undefined && identityOf(stats) !== identity) return { part: 'source', found: 'another directory' };
    const mount = mountinfo.get(await mountOf(place));
    if (mount?.target !== target) return elsewhere;
    if (readOnly && !mount.options.includes('ro')) return { part: 'source', found: 'one that can be written to' };
    return undefined;
  } catch (error) {
    if (error instanceof BlockedPath) return elsewhere;
    throw error;
  } finally {
    await place?.close();
  }
}

/** The kernel's number of the mount that a descriptor is in: the same for every process. See proc_pid_fdinfo(5). */
async function mountOf({ fd }: FileHandle): Promise<string> {
  return /^mnt_id:\s*(\d+)$/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
}
