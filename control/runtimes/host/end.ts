import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../../shared/api/errors.ts';
import { mustFind, running } from './find.ts';
import { freeze } from './freeze.ts';
import type { HostOptions } from './options.ts';
import { unpause } from './pause.ts';
import type { Place } from './place.ts';
import { isAlive, type ProcessRef, send, treeOf, withArgument } from './processes.ts';

const deadlineMs = 30_000;
const lookMs = 10;

/** Ends what runs in a sandbox and keeps its files: SIGTERM for the entrypoint, and an end for all when that hasn't ended in time. */
export async function stop(options: HostOptions, id: string, graceSeconds: number): Promise<void> {
  const place = mustFind(options.directory, id);
  const first = running(place);
  if (!first) return;
  unpause(options, id);
  send(first, 'SIGTERM');
  if (await gone([first], graceSeconds * 1000)) return;
  await endAll(place, 'DOCKER::SANDBOX_PAUSE_FAILED');
}

/**
 * Ends everything of a sandbox. All are stopped before the first is ended, so that none is born meanwhile whose parent would be
 * nobody of it. Should somebody have ended its first process, those below are found by their words, which name the sandbox.
 * @throws ApiError of `code`
 */
export async function endAll(
  place: Place,
  code: 'DOCKER::SANDBOX_PAUSE_FAILED' | 'DOCKER::SANDBOX_DELETE_FAILED',
): Promise<void> {
  for (const end = performance.now() + deadlineMs; performance.now() < end; ) {
    const first = running(place);
    const roots = [...(first ? [first] : []), ...leftOf(place)];
    if (roots.length === 0) {
      rmSync(place.stopped, { force: true });
      return;
    }
    const doomed: ProcessRef[] = [];
    for (const root of roots) {
      await freeze(root, () => {});
      doomed.push(...treeOf(root));
    }
    for (const one of doomed) send(one, 'SIGKILL');
    await gone(doomed, deadlineMs);
  }
  throw new ApiError(code, `processes of the sandbox in ${place.directory} do not end`);
}

/** Init and those that it started name the sandbox's own files in their command lines. */
function leftOf({ status, spool }: Place): ProcessRef[] {
  return withArgument((word) => word === status || word === `CUBBY_SPOOL=${spool}` || word.startsWith(`${spool}/`));
}

/** Waits until none of them is there any more; false: for too long. */
async function gone(processes: ProcessRef[], ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; processes.some(isAlive); await delay(lookMs)) {
    if (performance.now() > end) return false;
  }
  return true;
}
