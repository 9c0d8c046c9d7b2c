import { nameOf, partsOfKey, type WorkspaceKey } from '../workspaces/key.ts';
import { abreast } from './abreast.ts';
import { type Calls, Refusal } from './calls.ts';
import type { Roll } from './roll.ts';

/** Users taken from the roll at a time. */
const batchSize = 1000;
/** So many that fail one after the other mean that it is not about them. */
const mostInARow = 50;

export interface BackfillOptions {
  roll: Roll;
  calls: Calls;
  /** What sandboxes are to be made with, as the body of PUT. */
  request: unknown;
  /** Calls at a time. */
  concurrency: number;
  /** True: only finds out what there is to do. */
  dryRun: boolean;
  onProgress(done: Done): void;
  onFailed(key: string, why: string): void;
}

/** How far it is. */
export interface Done {
  /** Users whose workspace is known to be there, or that could not be had. */
  settled: number;
  provisioned: number;
  failed: number;
}

/**
 * Has a workspace for each user of the roll. Which there are already is asked of control, so that a second run does what the first did
 * not come to; any number of runs may be under way at once, and one that was broken off needs nothing but another.
 * @throws Refusal, UsersError when it can't go on
 */
export async function backfill(options: BackfillOptions): Promise<Done> {
  const { roll, calls, dryRun } = options;
  const done: Done = { settled: 0, provisioned: 0, failed: 0 };
  for (const [issuer, users] of roll.counts()) {
    const { total } = await calls.count(issuer);
    // A page of the list costs about as much as one user.
    if (!dryRun && total / 100 > users) continue;
    for await (const workspaces of calls.workspaces(issuer)) {
      done.settled += roll.mark(
        workspaces.map(({ key }) => partsOfKey(key)),
        'there',
      );
      options.onProgress(done);
    }
  }
  if (!dryRun) await provisionAll(options, done);
  return done;
}

async function provisionAll(options: BackfillOptions, done: Done): Promise<void> {
  const { roll, calls, request, concurrency } = options;
  let batch: WorkspaceKey[] = [];
  let last = { issuer: '', subject: '' };
  let failedInARow = 0;
  const next = () => {
    if (batch.length === 0) batch = roll.unknownAfter(last, batchSize);
    const key = batch.shift();
    if (key) last = key;
    return key;
  };
  await abreast(concurrency, next, async (key) => {
    try {
      if (await calls.provision(key, request)) done.provisioned += 1;
      failedInARow = 0;
      roll.mark([key], 'there');
    } catch (error) {
      failedInARow += 1;
      if (!(error instanceof Refusal) || !isAboutOne(error) || failedInARow >= mostInARow) throw error;
      roll.mark([key], 'failed');
      done.failed += 1;
      options.onFailed(nameOf(key), error.message);
    }
    done.settled += 1;
    options.onProgress(done);
  });
}

/** False for what all others would be told, too: a wrong API key, a template that there is not. */
function isAboutOne({ status, code }: Refusal): boolean {
  return status >= 500 || status === 429 || code === 'INVALID_WORKSPACE_KEY';
}
