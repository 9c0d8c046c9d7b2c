import { constants } from 'node:os';
import { ownCgroup } from '../../shared/cgroups/cgroup.ts';
import { readMemory } from '../../shared/cgroups/memory.ts';
import type { EndStatus } from '../processes/status.ts';

/** How a kernel came to its end. */
export interface Death {
  /** A sentence without its subject, as `exited with code 3`. */
  how: string;
  /** The last lines that it wrote where no cell's output goes. */
  lastWords: string[];
}

/** `oomBefore`: what `oomKills` said when the kernel started. */
export function describeDeath(status: EndStatus, oomBefore: number): string {
  switch (status.reason) {
    case 'exited':
      return `exited with code ${status.code}`;
    case 'signaled': {
      const memory = status.signal === constants.signals.SIGKILL && oomKills() > oomBefore;
      return `was ended by ${signalName(status.signal)}${memory ? ', most likely since the memory was used up' : ''}`;
    }
    case 'killed':
    case 'timeout':
      return 'was ended by the sandbox';
    case 'failed':
      return `could not be started (${status.error})`;
    case 'lost':
      return 'was lost: what watches over it was killed';
  }
}

/** How often a process of this container was killed for want of memory; 0 where the system does not say. */
export function oomKills(): number {
  try {
    return readMemory(ownCgroup()).outOfMemoryKills ?? 0;
  } catch {
    return 0;
  }
}

function signalName(signal: number): string {
  const [name] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? ['an unknown signal'];
  return `${name} (signal ${signal})`;
}
