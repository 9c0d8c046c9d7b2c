import { EventEmitter, once } from 'node:events';
import type { ContainerFacts, RuntimeEvent } from '../runtime.ts';

/** How often it is looked, since those that an earlier process of control's has started end without telling. */
const lookMs = 250;

/** What the runtime itself knows to have changed, so that nobody has to wait for the next look. */
export class Changes extends EventEmitter<{ change: [] }> {
  constructor() {
    super();
    this.setMaxListeners(0);
  }
}

/** What happens to sandboxes, told by what differs from look to look. `resync` comes first. */
export async function* events(
  look: () => ContainerFacts[],
  changes: Changes,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void> {
  let seen = byId(look());
  if (!signal.aborted) yield { kind: 'resync' };
  while (!signal.aborted) {
    const now = byId(look());
    for (const id of new Set([...seen.keys(), ...now.keys()])) yield* between(id, seen.get(id), now.get(id));
    seen = now;
    const late = AbortSignal.any([signal, AbortSignal.timeout(lookMs)]);
    await once(changes, 'change', { signal: late }).catch(() => {});
  }
}

function* between(
  id: string,
  before: ContainerFacts | undefined,
  now: ContainerFacts | undefined,
): Generator<RuntimeEvent, void> {
  const lived = before?.state === 'running' || before?.state === 'paused';
  const lives = now?.state === 'running' || now?.state === 'paused';
  const again = lived && lives && before.startedAt !== now.startedAt;
  if (lived && (!lives || again)) yield { kind: 'ended', id };
  if (lives && (!lived || again)) yield { kind: 'started', id };
  if (now?.state === 'exited' && now.startedAt !== before?.startedAt && !lived) yield { kind: 'ended', id };
  if (before?.state !== 'paused' && now?.state === 'paused') yield { kind: 'paused', id };
  if (before?.state === 'paused' && now?.state === 'running') yield { kind: 'unpaused', id };
  if (before && !now) yield { kind: 'removed', id };
}

function byId(facts: ContainerFacts[]): Map<string, ContainerFacts> {
  return new Map(facts.map((one) => [one.id, one]));
}
