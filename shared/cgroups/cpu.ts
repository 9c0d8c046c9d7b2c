import type { Cgroup, ControllerDirectory } from './cgroup.ts';
import { readFile, readKeyed, readNumber, tightest, toNumber } from './files.ts';

/** Processor time of a cgroup. */
export interface CpuUsage {
  /** Seconds of processor time. */
  cpuSeconds?: number;
  /** Processors it may use: its quota or its set of processors, whichever is less. Undefined: as many as there are. */
  cpuLimit?: number;
  /** Periods of the quota (100 ms each, usually) in which it wanted to run. */
  cpuPeriods?: number;
  /** Those of them in which it had used its quota up. */
  throttledPeriods?: number;
  /** Seconds that its threads were held back, together. */
  throttledSeconds?: number;
}

/** Reads what a cgroup has used of the processors, and how much it may. */
export function readCpu({ cpu, cpuacct, cpuset }: Cgroup): CpuUsage {
  const stat = cpu && readKeyed(cpu.directory, 'cpu.stat');
  const quota = cpu && tightest(cpu, cpu.version === 2 ? readMax : readQuota);
  const set = cpuset && readSet(cpuset);
  return {
    cpuSeconds: cpuacct && readSeconds(cpuacct),
    cpuLimit: quota !== undefined && set !== undefined ? Math.min(quota, set) : (quota ?? set),
    cpuPeriods: stat?.get('nr_periods'),
    throttledPeriods: stat?.get('nr_throttled'),
    throttledSeconds: scaled(stat?.get('throttled_usec'), 1e6) ?? scaled(stat?.get('throttled_time'), 1e9),
  };
}

function readSeconds({ directory, version }: ControllerDirectory): number | undefined {
  if (version === 1) return scaled(readNumber(directory, 'cpuacct.usage'), 1e9);
  return scaled(readKeyed(directory, 'cpu.stat').get('usage_usec'), 1e6);
}

/** Version 2: `50000 100000`, or `max 100000`. */
function readMax(directory: string): number | undefined {
  const [quota, period] = (readFile(directory, 'cpu.max') ?? '').split(' ').map(toNumber);
  return quota !== undefined && period ? quota / period : undefined;
}

/** Version 1: the quota is -1 where there is none. */
function readQuota(directory: string): number | undefined {
  const quota = readNumber(directory, 'cpu.cfs_quota_us');
  const period = readNumber(directory, 'cpu.cfs_period_us');
  return quota !== undefined && quota > 0 && period ? quota / period : undefined;
}

/** How many processors are in a set such as `0-3,8`. */
function readSet({ directory, version }: ControllerDirectory): number | undefined {
  const text = readFile(directory, version === 2 ? 'cpuset.cpus.effective' : 'cpuset.effective_cpus') ?? '';
  let count = 0;
  for (const range of text.trim().split(',')) {
    const [first, last = first] = range.split('-').map(toNumber);
    if (first !== undefined && last !== undefined) count += last - first + 1;
  }
  return count > 0 ? count : undefined;
}

function scaled(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value / unit;
}
