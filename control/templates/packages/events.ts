import type { BuildEvent } from '../../../shared/api/packages.ts';
import type { Builds } from './builds.ts';

/** Read from the database at a time. */
const together = 200;

/** An event as it goes to a reader, with the number to come back with. */
export interface SentEvent {
  id: number;
  event: BuildEvent;
}

/**
 * What is told of a build after an event, and what is told from now on until it has come to its end. Ends by the signal as well.
 */
export async function* buildEvents(
  builds: Builds,
  key: string,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<SentEvent[]> {
  let last = after;
  for (;;) {
    let wake = () => {};
    const told = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stopListening = builds.listen(key, wake);
    signal.addEventListener('abort', wake, { once: true });
    try {
      // Looked at before the events are: what ends it was told by then.
      const goesOn = builds.isRunning(key);
      const events = builds.store.events(key, last, together);
      if (events.length > 0) {
        yield sent(events, last);
        last = events.at(-1)!.n;
        continue;
      }
      if (!goesOn || signal.aborted) return;
      await told;
      if (signal.aborted) return;
    } finally {
      stopListening();
      signal.removeEventListener('abort', wake);
    }
  }
}

function sent(events: ReturnType<Builds['store']['events']>, last: number): SentEvent[] {
  const [first] = events;
  const missed = first!.n - last - 1;
  const gap =
    missed > 0 ? [{ id: first!.n - 1, event: { type: 'missed', timestamp: first!.at, missed } as const }] : [];
  return [...gap, ...events.map(({ n, at, type, text }) => ({ id: n, event: { type, timestamp: at, text } }))];
}
