import { ApiError } from '../../../shared/api/errors.ts';
import { mustFind } from './find.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';
import { thawGvisor } from './thaw-gvisor.ts';

/**
 * Ends what runs in the container, and keeps its files: SIGTERM, which init passes on to the entrypoint, and SIGKILL when that
 * hasn't ended in time. The engine lets a frozen one go on for it. One that has ended is success.
 */
export async function stop(store: Store, id: string, graceSeconds: number): Promise<void> {
  const { engine, deadlines, gates } = store;
  const container = await mustFind(store, id);
  const { Id } = container;
  try {
    await thawGvisor(store, container);
    await engine.ask({
      what: 'stop the container',
      method: 'POST',
      path: `/containers/${Id}/stop`,
      query: { t: graceSeconds },
      deadline: deadlines.call + graceSeconds * 1000,
    });
  } catch (error) {
    // 304: it has ended already.
    if (!isRefusal(error, 304)) {
      if (isRefusal(error)) throw new ApiError('DOCKER::SANDBOX_PAUSE_FAILED', error.message, { cause: error });
      throw error;
    }
  }
  // Its address may be another's from now on.
  gates.forget(id);
}
