import { ApiError } from '../../../shared/api/errors.ts';
import { find, mustFind } from './find.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** Freezes every process of the container, where it stands. One that is frozen already is success. */
export async function pause(store: Store, id: string): Promise<void> {
  const { Id } = await mustFind(store, id);
  try {
    await store.engine.ask({ what: 'pause the container', method: 'POST', path: `/containers/${Id}/pause` });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // What it says in words and status when the container is paused already differs from version to version.
    const now = await find(store, id);
    if (now?.State.Paused) return;
    throw new ApiError('DOCKER::SANDBOX_PAUSE_FAILED', error.message, { cause: error });
  }
}
