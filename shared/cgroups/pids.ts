import type { Cgroup } from './cgroup.ts';
import { readNumber, tightest } from './files.ts';

/** Processes of a cgroup. */
export interface PidsUsage {
  /** Processes and threads. */
  pids?: number;
  /** Undefined: as many as the machine lets anybody have. */
  pidsLimit?: number;
}

/** Reads how many processes and threads a cgroup has, and may have. The files are the same in both versions. */
export function readPids({ pids }: Cgroup): PidsUsage {
  if (!pids) return {};
  return {
    pids: readNumber(pids.directory, 'pids.current'),
    pidsLimit: tightest(pids, (directory) => readNumber(directory, 'pids.max')),
  };
}
