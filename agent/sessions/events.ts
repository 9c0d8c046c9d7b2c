import { frame } from '../../shared/http/event-stream.ts';
import { type EventOptions, executionEvents, ping, withPings } from '../processes/events.ts';
import type { Run } from './run.ts';

/** The events of a run as frames, as `executionEvents` tells them: the first at once, the others when its turn has come. */
export async function* runEvents(run: Run, options: EventOptions): AsyncGenerator<string> {
  const { signal, after = -1 } = options;
  if (after < 0) yield frame({ type: 'init', text: run.id, timestamp: run.startedAt }, 0);
  for await (const item of withPings(turnOf(run, signal))) {
    if (item === 'ping') yield ping();
  }
  if (signal.aborted) return;
  if (!run.shell) {
    // It never ran.
    const { last } = await run.ended;
    if (after < 3) yield frame(last, 3);
    return;
  }
  const { restarted } = run;
  if (after < 1 && restarted) yield frame({ type: 'restarted', restarted, timestamp: run.startedAt });
  yield* executionEvents(run, { ...options, after: Math.max(0, after) });
}

/** Ends when the turn of a run has come, or its reader has gone. */
async function* turnOf(run: Run, signal: AbortSignal): AsyncGenerator<never> {
  const gone = Promise.withResolvers<void>();
  const leave = () => gone.resolve();
  signal.addEventListener('abort', leave);
  if (!signal.aborted) await Promise.race([run.begun.catch(() => {}), gone.promise]);
  signal.removeEventListener('abort', leave);
}
