import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { ContainerEvent, RuntimeEvent } from '../runtime.ts';
import { jsonLines } from './json-lines.ts';
import { storeLabel } from './names.ts';
import type { Store } from './store.ts';

/** Waits between attempts to reach an engine that went away. */
const firstWaitMs = 100;
const lastWaitMs = 5000;

/** The engine's words and the port's. */
const kinds: Record<string, ContainerEvent> = {
  start: 'started',
  die: 'ended',
  destroy: 'removed',
  pause: 'paused',
  unpause: 'unpaused',
  oom: 'outOfMemory',
};

/** What the engine tells about one event of a container. */
interface EngineEvent {
  Type?: string;
  Action?: string;
  Actor?: { Attributes?: Record<string, string> };
}

/**
 * What happens to this store's containers. `resync` comes whenever it begins to listen, the first time too: whoever looks
 * at everything then has missed nothing. It never fails; without an engine it waits for one.
 */
export async function* events(store: Store, signal: AbortSignal): AsyncGenerator<RuntimeEvent, void> {
  let wait = firstWaitMs;
  while (!signal.aborted) {
    // Whoever stops listening ends the engine's stream too.
    const leave = new AbortController();
    try {
      const stream = await open(store, AbortSignal.any([signal, leave.signal]));
      yield { kind: 'resync' };
      wait = firstWaitMs;
      for await (const line of jsonLines(stream)) {
        const event = toRuntimeEvent(store, line as EngineEvent);
        if (event !== undefined) yield event;
      }
    } catch {
      // The engine went away, or was not there; or the signal ended the stream.
    } finally {
      leave.abort();
    }
    await setTimeout(wait, undefined, { signal }).catch(() => {});
    wait = Math.min(lastWaitMs, wait * 2);
  }
}

function open({ engine, names }: Store, signal: AbortSignal): Promise<Readable> {
  const filters = { type: ['container'], event: Object.keys(kinds), label: [`${storeLabel}=${names.store}`] };
  const query = { filters: JSON.stringify(filters) };
  return engine.open({ what: 'tell its events', path: '/events', query, signal });
}

function toRuntimeEvent({ names, known }: Store, { Type, Action, Actor }: EngineEvent): RuntimeEvent | undefined {
  const kind = kinds[Action ?? ''];
  const id = names.sandbox(Actor?.Attributes, Actor?.Attributes?.['name']);
  if (Type !== 'container' || kind === undefined || id === undefined) return undefined;
  if (kind === 'removed') known.delete(id);
  return { kind, id };
}
