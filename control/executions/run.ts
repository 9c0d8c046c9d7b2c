import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { StreamEvent } from '../../shared/api/events.ts';
import type { KeptExecutionStatus } from '../../shared/api/kept-executions.ts';
import { agentEvents } from './agent-events.ts';
import { reportOf } from './calls.ts';
import { type Ended, outcomeOf } from './outcome.ts';
import { gone, type PlaceOptions } from './place.ts';
import type { ExecutionRow } from './store.ts';
import { Transcript } from './transcript.ts';

/** Between two tries to hear of one whose agent does not answer. */
const retryMs = { least: 100, most: 5000 };

export interface Limits {
  /** Bytes of each stream of output that are kept. */
  maxOutput: number;
  /** Bytes of a handler's value. */
  maxResult: number;
}

export interface FollowOptions {
  sandboxId: string;
  limits: Limits;
  signal: AbortSignal;
  /** Called with the first event that is heard, and again after each loss of the connection. Where it rejects, it is heard anew. */
  seen(at: number): Promise<void>;
}

/** An execution that has ended, with what was told of it. */
export interface Followed extends Ended {
  transcript: Transcript;
}

/**
 * Follows what runs in a sandbox until it has ended, over the ends of connections and agents, and says what became of it; or that
 * nobody can say any more. Rejects only by the signal.
 */
export async function follow(
  options: PlaceOptions,
  row: ExecutionRow,
  { sandboxId, limits, signal, seen }: FollowOptions,
): Promise<Followed> {
  const { sandboxes, settle } = options;
  const transcript = new Transcript(limits.maxOutput);
  let isOver = false;
  for (let waitMs = retryMs.least; ; waitMs = Math.min(2 * waitMs, retryMs.most)) {
    signal.throwIfAborted();
    const end = gone(options, sandboxId);
    if (end) return lostTo(end, row, transcript);
    const sandbox = sandboxes.get(sandboxId);
    try {
      const from = { id: row.id, after: transcript.last, signal };
      if (!isOver) {
        let isHeard = false;
        for await (const read of agentEvents(sandboxes, sandbox, from)) {
          if (!isHeard) await seen(read.event.timestamp);
          isHeard = true;
          waitMs = retryMs.least;
          isOver = transcript.take(read);
          if (isOver) break;
        }
      }
      if (isOver) {
        const report = await reportOf(sandboxes, sandbox, { id: row.id, most: limits.maxResult });
        const { status, outcome } = outcomeOf(row, report, limits.maxResult);
        return { status, transcript, outcome: { ...outcome, cut: cutOf(transcript, report.status.output_bytes) } };
      }
    } catch (error) {
      if ((error as ApiError).code === 'COMMAND_NOT_FOUND') return lostTo(error as ApiError, row, transcript);
    }
    await delay(waitMs, undefined, { signal });
    await settle(sandboxId);
  }
}

/** An execution that did not come to its own end, in the words of why. */
export function brokenOff(status: KeptExecutionStatus, error: Error, transcript: Transcript): Followed {
  const known = error instanceof ApiError;
  const isCancelled = status === 'cancelled';
  const errorType = isCancelled ? 'Sandbox.Cancelled' : known ? error.code : 'GENERAL::UNKNOWN_ERROR';
  const errorMessage = isCancelled ? 'Task was cancelled' : known ? error.message : 'Something went wrong here.';
  const timestamp = Date.now();
  const last: StreamEvent = {
    type: 'error',
    timestamp,
    error: { ename: errorType, evalue: errorMessage, traceback: [] },
  };
  transcript.end(last);
  return { status, transcript, outcome: { error: { errorType, errorMessage } } };
}

/** One that was never seen to run has failed: nothing of it can have happened. */
function lostTo(error: ApiError, row: ExecutionRow, transcript: Transcript): Followed {
  return brokenOff(row.startedAt === undefined ? 'failed' : 'lost', error, transcript);
}

function cutOf({ sizes: { kept, dropped } }: Transcript, total: { stdout: number; stderr: number }) {
  const isCut = (stream: 'stdout' | 'stderr') => dropped[stream] > 0 || total[stream] > kept[stream] + dropped[stream];
  if (!isCut('stdout') && !isCut('stderr')) return undefined;
  return { ...(isCut('stdout') && { stdout: total.stdout }), ...(isCut('stderr') && { stderr: total.stderr }) };
}
