import { ApiError } from '../../../shared/api/errors.ts';
import { knownId, mustFind } from './find.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/**
 * Times that it is tried. On cgroups v1 runc gives up ("unable to freeze") where processes come faster than it sees them
 * freeze, as on a busy machine; a moment later it works.
 */
const attempts = 5;

/** Freezes every process of the container, where it stands. One that is frozen already is success. */
export async function pause(store: Store, id: string): Promise<void> {
  const Id = await knownId(store, id);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await store.engine.ask({ what: 'pause the container', method: 'POST', path: `/containers/${Id}/pause` });
      return;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // What it says in words and status when the container is paused already differs from version to version.
      const now = await mustFind(store, id);
      if (now.State.Paused) return;
      if (attempt < attempts && now.State.Running) continue;
      throw new ApiError('DOCKER::SANDBOX_PAUSE_FAILED', error.message, { cause: error });
    }
  }
}
