import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** What it takes to find a container. */
type Finder = Pick<Store, 'engine' | 'names'>;

/** What the engine says about a sandbox's container. Undefined when there is none, or when what has its name isn't this store's. */
export async function find({ engine, names }: Finder, id: string): Promise<ContainerInspectInfo | undefined> {
  const path = `/containers/${names.container(id)}/json`;
  try {
    const container = await engine.ask<ContainerInspectInfo>({ what: 'look at a container', path });
    return names.sandbox(container.Config.Labels, container.Name) === id ? container : undefined;
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

/** The engine's id for a sandbox's container, which is asked for once. What has been removed since is an error of the engine's: 404. */
export async function knownId(store: Store, id: string): Promise<string> {
  const known = store.known.get(id)?.container;
  if (known !== undefined) return known;
  const { Id } = await mustFind(store, id);
  store.known.set(id, { ...store.known.get(id), container: Id });
  return Id;
}

/** As above. @throws `DOCKER::SANDBOX_NOT_FOUND` */
export async function mustFind(store: Finder, id: string): Promise<ContainerInspectInfo> {
  const container = await find(store, id);
  if (container === undefined) throw new ApiError('DOCKER::SANDBOX_NOT_FOUND', `sandbox ${id} has no container`);
  return container;
}
