import { frame } from '../../shared/http/event-stream.ts';
import { agentEvents } from './agent-events.ts';
import type { Executions } from './executions.ts';
import type { PlaceOptions } from './place.ts';
import type { KeptEvent } from './store.ts';

/** A stream that is silent for longer is given up by what is between it and its reader. */
const pingMs = 3000;
/** How long the last event waits for what came of it to be written down. */
const settleMs = 10_000;
/** Before an agent is asked again that did not answer. */
const retryMs = 200;

/**
 * The events of an execution as frames, from the start or after one that is known: as its agent tells them while it runs, with the same
 * numbers as they are kept when it has finished. When the last one comes, what came of it is there to be asked for.
 */
export async function* executionEvents(
  executions: Executions,
  { sandboxes }: Pick<PlaceOptions, 'sandboxes'>,
  { id, after, signal }: { id: string; after: number; signal: AbortSignal },
): AsyncGenerator<string> {
  let last = after;
  while (!signal.aborted) {
    const row = executions.store.get(id);
    if (!row) return;
    if (row.finishedAt !== undefined) {
      yield (row.events ?? [])
        .filter((event) => comesAfter(event, last))
        .map(({ id, event }) => frame(event, id))
        .join('');
      return;
    }
    const sandbox = row.sandboxId === undefined ? undefined : sandboxes.store.get(row.sandboxId);
    let waitMs = pingMs;
    if (row.status === 'running' && sandbox) {
      waitMs = retryMs;
      try {
        for await (const read of agentEvents(sandboxes, sandbox, { id, after: last, signal })) {
          const isLast = read.event.type === 'execution_complete' || read.event.type === 'error';
          if (isLast) await executions.finished(id, AbortSignal.any([signal, AbortSignal.timeout(settleMs)]));
          yield read.frame;
          if (isLast) return;
          last = read.id ?? last;
        }
      } catch {
        // The agent is gone for the moment, or for good: which of both, the execution's row says before long.
      }
    }
    await executions.changed(id, AbortSignal.any([signal, AbortSignal.timeout(waitMs)]));
    if (waitMs === pingMs) yield frame({ type: 'ping', text: 'pong', timestamp: Date.now() });
  }
}

/** What has no number belongs to what comes behind it. */
function comesAfter({ id }: KeptEvent, last: number): boolean {
  return id === undefined || id > last;
}
