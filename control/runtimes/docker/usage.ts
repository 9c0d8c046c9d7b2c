import { readFile } from 'node:fs/promises';
import type { ContainerInspectInfo, ContainerStats } from 'dockerode';
import { type Cgroup, findCgroup } from '../../../shared/cgroups/cgroup.ts';
import { readUsage, type Usage } from '../../../shared/cgroups/usage.ts';
import { find } from './find.ts';
import { isRefusal } from './refusal.ts';
import { statsUsage } from './stats.ts';
import type { Store } from './store.ts';

/**
 * Resource use, from the kernel's own files where this machine has them: it costs microseconds, and neither wakes a frozen
 * sandbox nor asks the engine. Where they aren't visible, from the engine. Undefined when it isn't running.
 */
export async function usage(store: Store, id: string): Promise<Usage | undefined> {
  const cgroup = store.known.get(id)?.cgroup;
  const counted = cgroup && readUsage(cgroup);
  if (counted !== undefined) return counted;
  const container = await find(store, id);
  if (!container?.State.Running) return undefined;
  const found = await locate(container);
  const usage = found && readUsage(found);
  if (usage === undefined) return fromEngine(store, container.Id);
  store.known.set(id, { ...store.known.get(id), cgroup: found });
  return usage;
}

/** The files of the container's cgroup. Undefined where they can't be seen, or the process is another by now. */
async function locate({ Id, State }: ContainerInspectInfo): Promise<Cgroup | undefined> {
  try {
    const [procSelfCgroup, mountinfo] = await Promise.all([
      readFile(`/proc/${State.Pid}/cgroup`, 'utf8'),
      readFile('/proc/self/mountinfo', 'utf8'),
    ]);
    return procSelfCgroup.includes(Id) ? findCgroup({ procSelfCgroup, mountinfo, own: false }) : undefined;
  } catch {
    return undefined;
  }
}

async function fromEngine({ engine }: Store, container: string): Promise<Usage | undefined> {
  const what = 'tell what a container uses';
  // One shot: the engine would otherwise wait a second for a second sample.
  const query = { stream: false, 'one-shot': true };
  try {
    return statsUsage(await engine.ask<ContainerStats>({ what, path: `/containers/${container}/stats`, query }));
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}
