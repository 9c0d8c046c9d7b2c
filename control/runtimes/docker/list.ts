import type { ContainerInfo } from 'dockerode';
import type { ContainerFacts } from '../runtime.ts';
import { inspect } from './inspect.ts';
import { storeLabel } from './names.ts';
import type { Store } from './store.ts';

/** Containers looked at side by side: the list itself doesn't say when one started, nor how it ended. */
const atOnce = 16;

/** Every container of this store. One that goes away meanwhile is left out. */
export async function list(store: Store): Promise<ContainerFacts[]> {
  const { engine, names } = store;
  const filters = JSON.stringify({ label: [`${storeLabel}=${names.store}`] });
  const containers = await engine.ask<ContainerInfo[]>({
    what: 'list the containers',
    path: '/containers/json',
    query: { all: true, filters },
  });
  const ids = containers.flatMap(({ Labels, Names }) => Names.map((name) => names.sandbox(Labels, name)));
  const waiting = ids.filter((id) => id !== undefined);
  const facts: ContainerFacts[] = [];
  const work = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const one = await inspect(store, id);
      if (one !== undefined) facts.push(one);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return facts;
}
