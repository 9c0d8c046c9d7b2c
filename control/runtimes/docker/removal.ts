import type { Engine } from './engine.ts';

/** Ends a container and takes it away with its anonymous volumes. @throws EngineRefusal: 404 it is gone, 409 another removal is at it */
export async function removeContainer(engine: Engine, container: string): Promise<void> {
  await engine.ask({
    what: 'remove the container',
    method: 'DELETE',
    path: `/containers/${container}`,
    query: { force: true, v: true },
  });
}
