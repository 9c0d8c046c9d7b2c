import type { Usage } from '../../../shared/cgroups/usage.ts';
import { running } from './find.ts';
import type { HostOptions } from './options.ts';
import { placeOf } from './place.ts';
import { treeOf } from './processes.ts';

/** USER_HZ and the size of a page, which Linux has the same on the machines that Node is built for. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/**
 * What the processes of a sandbox use, added up. Memory that several share counts for each of them; the processor's time of one that
 * ended without being waited for by its parent is lost.
 */
export function usage({ directory }: HostOptions, id: string): Usage | undefined {
  const first = running(placeOf(directory, id));
  if (!first) return undefined;
  const tree = treeOf(first);
  const sum = (of: 'ticks' | 'pages') => tree.reduce((total, one) => total + one[of], 0);
  return {
    cpuSeconds: sum('ticks') / ticksPerSecond,
    memoryBytes: sum('pages') * pageBytes,
    throttledSeconds: 0,
    pids: tree.length,
  };
}
