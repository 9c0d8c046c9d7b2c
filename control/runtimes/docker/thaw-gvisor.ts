import type { ContainerInspectInfo } from 'dockerode';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/**
 * Lets a frozen container under gVisor go on, which is to be ended: gVisor's kernel is frozen as a process, and passes on no signal
 * then, so that the engine would wait ten seconds, give up, and now and then leave the container. Nothing is done to any other.
 */
export async function thawGvisor(
  { engine, ociRuntimes }: Pick<Store, 'engine' | 'ociRuntimes'>,
  { Id, State, HostConfig }: ContainerInspectInfo,
): Promise<void> {
  if (!State.Paused || !ociRuntimes.gvisor.has(HostConfig.Runtime ?? '')) return;
  try {
    await engine.ask({ what: 'unpause the container', method: 'POST', path: `/containers/${Id}/unpause` });
  } catch (error) {
    // It has ended, or goes on already; the engine says what it is of the end itself.
    if (!isRefusal(error)) throw error;
  }
}
