import { type Cgroup, ownCgroup } from '../../shared/cgroups/cgroup.ts';
import { readUsage, type Usage } from '../../shared/cgroups/usage.ts';
import { machineUsage } from './machine.ts';
import type { UsageSource } from './sampler.ts';

/** The sandbox's own cgroup where the kernel shows it, looked for once; the machine where not. */
export function usageSource(find: () => Cgroup = ownCgroup): UsageSource {
  const cgroup = found(find);
  const usage = cgroup && readUsage(cgroup);
  if (!cgroup || !usage) return { scope: 'machine', read: machineUsage };
  let last: Usage = usage;
  // An agent's own cgroup lives as long as the agent; a read that fails once must not end a stream.
  return { scope: 'sandbox', read: () => (last = readUsage(cgroup) ?? last) };
}

function found(find: () => Cgroup): Cgroup | undefined {
  try {
    return find();
  } catch {
    // Without /proc/self/cgroup there are no cgroups.
    return undefined;
  }
}
