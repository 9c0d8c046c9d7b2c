import { ApiError } from '../../../shared/api/errors.ts';
import type { Limits, Profile } from '../runtime.ts';
import { mustFind } from './find.ts';
import { gvisorLimits } from './gvisor.ts';
import { limitSettings } from './profile.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** Changes the limits of a container that runs. */
export async function resize(
  store: Store,
  id: string,
  { profile, limits }: { profile: Profile; limits: Limits },
): Promise<void> {
  const { Id, HostConfig } = await mustFind(store, id);
  const isGvisor = store.ociRuntimes.gvisor.has(HostConfig.Runtime ?? '');
  try {
    await store.engine.ask({
      what: 'change the limits of a container',
      method: 'POST',
      path: `/containers/${Id}/update`,
      body: (isGvisor ? gvisorLimits : limitSettings)(profile, limits),
    });
  } catch (error) {
    if (isRefusal(error)) throw new ApiError('SANDBOX::INVALID_PARAMETER', error.message, { cause: error });
    throw error;
  }
}
