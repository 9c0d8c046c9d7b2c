import { totalmem } from 'node:os';
import type { Cgroup, ControllerDirectory } from './cgroup.ts';
import { readKeyed, readNumber, tightest } from './files.ts';

/** Memory of a cgroup. */
export interface MemoryUsage {
  /** Bytes, without file cache that the kernel would give up first. */
  memoryBytes?: number;
  /** Bytes. Undefined: as much as the machine has. */
  memoryLimitBytes?: number;
  /** Processes that the kernel ended because the limit was reached. */
  outOfMemoryKills?: number;
}

/** Reads what a cgroup has of memory, and how much it may. */
export function readMemory({ memory }: Cgroup): MemoryUsage {
  if (!memory) return {};
  const { directory, version } = memory;
  const stat = readKeyed(directory, 'memory.stat');
  const used = readNumber(directory, version === 2 ? 'memory.current' : 'memory.usage_in_bytes');
  // As `docker stats` and the kubelet count it: a file that was read once is not memory in use.
  const reclaimable = stat.get(version === 2 ? 'inactive_file' : 'total_inactive_file') ?? 0;
  const events = readKeyed(directory, version === 2 ? 'memory.events' : 'memory.oom_control');
  return {
    memoryBytes: used === undefined ? undefined : Math.max(0, used - reclaimable),
    memoryLimitBytes: real(version === 2 ? limit(memory) : stat.get('hierarchical_memory_limit')),
    outOfMemoryKills: events.get('oom_kill'),
  };
}

function limit(memory: ControllerDirectory): number | undefined {
  return tightest(memory, (directory) => readNumber(directory, 'memory.max'));
}

/** Version 1 writes "no limit" as nearly 2^63; a limit above what there is limits nothing either. */
function real(bytes: number | undefined): number | undefined {
  return bytes !== undefined && bytes < totalmem() ? bytes : undefined;
}
