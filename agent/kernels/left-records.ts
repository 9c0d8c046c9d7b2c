import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from '../processes/processes.ts';
import type { LeftKernel } from './kernel.ts';

/** What is kept of a kernel in a file of its directory in the spool, so that a new agent can go on using it. */
interface Kept {
  /** ms since the epoch. */
  startedAt: number;
}

/** The records in files of this name, which tells what kind of kernel it is, with the names of their directories; the oldest first. */
export function leftRecords<R extends Kept>(spool: string, file: string): { id: string; record: R }[] {
  const found = readdirSync(spool).flatMap((id) => {
    try {
      return [{ id, record: JSON.parse(readFileSync(join(spool, id, file), 'utf8')) as R }];
    } catch {
      // Something else is in there.
      return [];
    }
  });
  return found.sort((a, b) => a.record.startedAt - b.record.startedAt);
}

/** The kernels in processes of ours that an agent had which was killed, the oldest first; `take` takes one's process over. */
export function leftInProcesses<R extends Kept>(
  { processes, spool }: { processes: Processes; spool: string },
  file: string,
  take: (id: string, record: R) => LeftKernel[],
): LeftKernel[] {
  return leftRecords<R>(spool, file).flatMap(({ id, record }) => {
    try {
      return take(id, record);
    } catch {
      // The agent died between making the directory and starting the runner: there was never a kernel.
      processes.discard(id);
      return [];
    }
  });
}
