import { readFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import type { Usage } from '../../shared/cgroups/usage.ts';

/**
 * Usage of the whole machine, in the shape of a sandbox's, for kernels that show no cgroup. Under gVisor the machine is
 * what the sandbox is given, so this is then the right answer too.
 */
export function machineUsage(): Usage {
  let milliseconds = 0;
  for (const { times } of cpus()) milliseconds += times.user + times.nice + times.sys + times.irq;
  return { cpuSeconds: milliseconds / 1000, memoryBytes: totalmem() - availableMemory() };
}

/** What could be had without swapping. Node's freemem is that on most machines, but asks the kernel for it in another way. */
function availableMemory(): number {
  try {
    const match = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (match) return Number(match[1]) * 1024;
  } catch {
    // Without /proc, what the system call says has to do.
  }
  return freemem();
}
