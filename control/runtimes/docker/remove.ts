import { setTimeout } from 'node:timers/promises';
import { ApiError } from '../../../shared/api/errors.ts';
import { find } from './find.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';
import type { Store } from './store.ts';
import { thawGvisor } from './thaw-gvisor.ts';

/** How long somebody else's removal of the same container may take, and how often it is looked at. */
const goneMs = 30_000;
const pollMs = 50;
/** Times that it is tried. The engine gives up where it isn't told within ten seconds of the end of what it has killed; the next time that has ended. */
const attempts = 3;

/** Ends the container and takes it away, with its volumes. Removing what is not there is success. */
export async function remove(store: Store, id: string): Promise<void> {
  try {
    await removeFound(store, id);
  } finally {
    // At last, since what still ran until then could ask for names, and be learnt of anew.
    store.known.delete(id);
    store.gates.forget(id);
  }
}

async function removeFound(store: Store, id: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const container = await find(store, id);
    if (container === undefined) return;
    try {
      await thawGvisor(store, container);
      await removeContainer(store.engine, container.Id);
      return;
    } catch (error) {
      // 409: another removal is in progress.
      if (isRefusal(error, 409)) return waitUntilGone(store, id, container.Id);
      if (!isRefusal(error)) throw error;
      if (attempt === attempts) throw new ApiError('DOCKER::SANDBOX_DELETE_FAILED', error.message, { cause: error });
    }
  }
}

async function waitUntilGone(store: Store, id: string, container: string): Promise<void> {
  const deadline = performance.now() + goneMs;
  while ((await find(store, id))?.Id === container) {
    if (performance.now() > deadline) {
      throw new ApiError('DOCKER::SANDBOX_DELETE_FAILED', `sandbox ${id} is still being removed after ${goneMs} ms`);
    }
    await setTimeout(pollMs);
  }
}
