import type { Cgroup } from './cgroup.ts';
import { readFile, toNumber } from './files.ts';

/** How long work waited for something: shares of the last 10, 60 and 300 seconds in percent, and all of it in seconds. */
export interface Stall {
  avg10: number;
  avg60: number;
  avg300: number;
  totalSeconds: number;
}

/** `some`: at least one task waited. `full`: all of them did, so nothing got done. */
export interface ResourcePressure {
  some: Stall;
  full?: Stall;
}

export interface Pressure {
  cpu?: ResourcePressure;
  memory?: ResourcePressure;
  io?: ResourcePressure;
}

/** Reads the pressure stall information of a cgroup. Undefined where the kernel has none: version 1 alone, or psi=0. */
export function readPressure({ pressure }: Cgroup): Pressure | undefined {
  if (!pressure) return undefined;
  const cpu = parsePressure(readFile(pressure.directory, 'cpu.pressure'));
  const memory = parsePressure(readFile(pressure.directory, 'memory.pressure'));
  const io = parsePressure(readFile(pressure.directory, 'io.pressure'));
  return cpu || memory || io ? { cpu, memory, io } : undefined;
}

/** Parses `some avg10=0.00 avg60=0.00 avg300=0.00 total=16218` and the `full` line, which older kernels lack for cpu. */
export function parsePressure(text: string | undefined): ResourcePressure | undefined {
  const stalls = new Map<string, Stall>();
  for (const line of (text ?? '').split('\n')) {
    const match = /^(some|full) avg10=(\S+) avg60=(\S+) avg300=(\S+) total=(\d+)$/.exec(line);
    if (!match) continue;
    const [avg10 = 0, avg60 = 0, avg300 = 0, microseconds = 0] = match.slice(2).map(toNumber);
    stalls.set(match[1]!, { avg10, avg60, avg300, totalSeconds: microseconds / 1e6 });
  }
  const some = stalls.get('some');
  return some && { some, full: stalls.get('full') };
}
