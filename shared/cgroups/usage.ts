import type { Cgroup } from './cgroup.ts';
import { type CpuUsage, readCpu } from './cpu.ts';
import { type MemoryUsage, readMemory } from './memory.ts';
import { type PidsUsage, readPids } from './pids.ts';
import { type Pressure, readPressure } from './pressure.ts';

/** Cumulative counters and gauges of one sandbox. Undefined: the kernel here does not tell. */
export interface Usage extends CpuUsage, MemoryUsage, PidsUsage {
  cpuSeconds: number;
  memoryBytes: number;
  pressure?: Pressure;
}

/** Reads everything about a cgroup. Undefined when its processor time or its memory can't be read, as after its end. */
export function readUsage(cgroup: Cgroup): Usage | undefined {
  const { cpuSeconds, ...cpu } = readCpu(cgroup);
  const { memoryBytes, ...memory } = readMemory(cgroup);
  if (cpuSeconds === undefined || memoryBytes === undefined) return undefined;
  return { cpuSeconds, ...cpu, memoryBytes, ...memory, ...readPids(cgroup), pressure: readPressure(cgroup) };
}
