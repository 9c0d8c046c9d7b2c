import { ApiError } from '../../../shared/api/errors.ts';
import { knownId, mustFind } from './find.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** Lets a frozen container go on. One that runs is success. */
export async function unpause(store: Store, id: string): Promise<void> {
  const Id = await knownId(store, id);
  try {
    await store.engine.ask({ what: 'unpause the container', method: 'POST', path: `/containers/${Id}/unpause` });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const now = await mustFind(store, id);
    if (now.State.Running && !now.State.Paused) return;
    throw new ApiError('DOCKER::SANDBOX_RESUME_FAILED', error.message, { cause: error });
  }
}
