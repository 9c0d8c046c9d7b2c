import { ApiError } from '../../../shared/api/errors.ts';
import type { Limits, Profile } from '../runtime.ts';
import { mustFind } from './find.ts';
import { limitSettings } from './profile.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** Changes the limits of a container that runs. */
export async function resize(
  store: Store,
  id: string,
  { profile, limits }: { profile: Profile; limits: Limits },
): Promise<void> {
  const { Id } = await mustFind(store, id);
  try {
    await store.engine.ask({
      what: 'change the limits of a container',
      method: 'POST',
      path: `/containers/${Id}/update`,
      body: limitSettings(profile, limits),
    });
  } catch (error) {
    if (isRefusal(error)) throw new ApiError('SANDBOX::INVALID_PARAMETER', error.message, { cause: error });
    throw error;
  }
}
