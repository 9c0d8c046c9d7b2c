import type { Engine } from './engine.ts';
import { isRefusal } from './refusal.ts';

/**
 * Ends a container and takes it away with its anonymous volumes. Removing what is not there is success.
 * @throws EngineRefusal: 409 another removal is at it
 */
export async function removeContainer(engine: Engine, container: string): Promise<void> {
  try {
    await engine.ask({
      what: 'remove the container',
      method: 'DELETE',
      path: `/containers/${container}`,
      query: { force: true, v: true },
    });
  } catch (error) {
    if (!isRefusal(error, 404)) throw error;
  }
}
