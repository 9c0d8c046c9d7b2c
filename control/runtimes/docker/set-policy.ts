import type { Policy } from '../../network/policies/policy.ts';
import { mustFind } from './find.ts';
import type { Store } from './store.ts';

/** Puts another policy in force in a container that runs, or is paused; one that is stopped gets it when it starts. Without a network there is nothing to let through or not. */
export async function setPolicy(store: Store, id: string, policy: Policy): Promise<void> {
  const { HostConfig, State } = await mustFind(store, id);
  if (HostConfig.NetworkMode !== 'none' && State.Running) await store.gates.enforce(id, policy);
}
