import type { ContainerInspectInfo } from 'dockerode';
import type { ContainerFacts, ContainerState } from '../runtime.ts';
import { find } from './find.ts';
import type { Store } from './store.ts';

/** The engine's word on one container. */
export async function inspect(store: Store, id: string): Promise<ContainerFacts | undefined> {
  const container = await find(store, id);
  return container && toFacts(id, container.State);
}

type EngineState = Pick<
  ContainerInspectInfo['State'],
  'Status' | 'Running' | 'Paused' | 'StartedAt' | 'ExitCode' | 'OOMKilled'
>;

/** Puts the engine's words into the port's: what is being removed or failed to be (`removing`, `dead`) has ended. */
export function toFacts(id: string, { Status, StartedAt, ExitCode, OOMKilled }: EngineState): ContainerFacts {
  const states: Record<string, ContainerState> = { created: 'created', running: 'running', paused: 'paused' };
  const state = states[Status] ?? 'exited';
  // Before the first start it is the year 1.
  const startedAt = StartedAt.startsWith('0001-') ? '' : StartedAt;
  return state === 'exited'
    ? { id, state, startedAt, exitCode: ExitCode, outOfMemory: OOMKilled }
    : { id, state, startedAt };
}
