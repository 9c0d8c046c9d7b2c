import { partsOfKey } from '../workspaces/key.ts';
import { abreast } from './abreast.ts';
import { type Calls, Refusal } from './calls.ts';
import type { Gone } from './gone.ts';
import type { Roll } from './roll.ts';

export interface FindGoneOptions {
  roll: Roll;
  gone: Gone;
  calls: Calls;
  issuer: string;
  /** Those made later are left: their users may have signed up after the list was made. */
  madeBefore: Date;
  onProgress(looked: Looked): void;
}

/** How far the looking is. */
export interface Looked {
  /** Workspaces of the issuer's. */
  workspaces: number;
  /** Of users that are on no list, but too young to be sure. */
  young: number;
}

/** Finds the workspaces of an issuer whose users are not on the roll. Changes nothing. */
export async function findGone({
  roll,
  gone,
  calls,
  issuer,
  madeBefore,
  onProgress,
}: FindGoneOptions): Promise<Looked> {
  const looked = { workspaces: 0, young: 0 };
  for await (const workspaces of calls.workspaces(issuer)) {
    for (const workspace of workspaces) {
      // Whatever a server lists, only this issuer's are ever collected.
      if (workspace.issuer !== issuer) continue;
      looked.workspaces += 1;
      if (roll.has(partsOfKey(workspace.key))) continue;
      if (new Date(workspace.createdAt) < madeBefore) gone.add(workspace);
      else looked.young += 1;
    }
    onProgress(looked);
  }
  return looked;
}

export interface RemoveGoneOptions {
  gone: Gone;
  calls: Calls;
  concurrency: number;
  onProgress(removed: Removed): void;
  onFailed(key: string, why: string): void;
}

/** How far the removing is. */
export interface Removed {
  settled: number;
  removed: number;
  /** Not the ones that were found any more: removed by others, or made anew since. */
  others: number;
  failed: number;
}

/** Removes workspaces that were found, unless they have been made anew since. @throws as `Calls.send` when it can't go on */
export async function removeGone({
  gone,
  calls,
  concurrency,
  onProgress,
  onFailed,
}: RemoveGoneOptions): Promise<Removed> {
  const done = { settled: 0, removed: 0, others: 0, failed: 0 };
  const all = gone.all();
  await abreast(
    concurrency,
    () => all.next().value ?? undefined,
    async ({ key, createdAt }) => {
      try {
        const now = await calls.get(partsOfKey(key));
        const removed = now?.createdAt === createdAt && (await calls.remove(partsOfKey(key)));
        done[removed ? 'removed' : 'others'] += 1;
      } catch (error) {
        if (!(error instanceof Refusal) || error.status < 500) throw error;
        done.failed += 1;
        onFailed(key, error.message);
      }
      done.settled += 1;
      onProgress(done);
    },
  );
  return done;
}
