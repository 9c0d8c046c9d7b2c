import { rmSync } from 'node:fs';
import { ApiError } from '../../../shared/api/errors.ts';
import { mustFind, running } from './find.ts';
import { freeze, thaw } from './freeze.ts';
import type { HostOptions } from './options.ts';
import type { ProcessRef } from './processes.ts';
import { readRecord, writeRecord } from './records.ts';

/** Stops every process of a sandbox, where it stands. One that is paused already is success. */
export async function pause({ directory }: HostOptions, id: string): Promise<void> {
  const place = mustFind(directory, id);
  const first = running(place);
  if (!first) throw new ApiError('DOCKER::SANDBOX_PAUSE_FAILED', `sandbox ${id} does not run`);
  const earlier = readRecord<ProcessRef[]>(place.stopped);
  let except = earlier ?? [];
  const frozen = await freeze(first, (stopped) => {
    if (earlier) return;
    except = stopped.map(({ pid, start }) => ({ pid, start }));
    // Before the first is stopped: whoever finds half of it paused knows what to let go on.
    writeRecord(place.stopped, except);
  });
  if (frozen) return;
  thaw(first, except);
  rmSync(place.stopped, { force: true });
  throw new ApiError('DOCKER::SANDBOX_PAUSE_FAILED', `processes of sandbox ${id} could not be stopped`);
}

/** Lets a paused one go on. One that runs is success. */
export function unpause({ directory }: HostOptions, id: string): void {
  const place = mustFind(directory, id);
  const first = running(place);
  if (!first) throw new ApiError('DOCKER::SANDBOX_RESUME_FAILED', `sandbox ${id} does not run`);
  const except = readRecord<ProcessRef[]>(place.stopped);
  if (!except) return;
  thaw(first, except);
  rmSync(place.stopped, { force: true });
}
