import type { ContainerInfo } from 'dockerode';
import { addressesOf } from '../../network/ask.ts';
import { types } from '../../network/dns-question.ts';
import { Gates } from '../../network/gates.ts';
import { usualLives } from '../../network/openings.ts';
import type { Upstream } from '../../network/resolvers.ts';
import { addressOn, ContainerDoor } from './door.ts';
import { mustFind } from './find.ts';
import { isBuilder, sandboxLabel, storeLabel } from './names.ts';
import type { Store } from './store.ts';

/** The gates of a store's sandboxes; they become a part of it. */
export function storeGates(store: Omit<Store, 'gates'>, upstreams: () => Promise<Upstream[]>): Gates {
  const { options, bridge, names, rules } = store;
  const policyOf = options.policyOf ?? (() => 'none');
  const ipv6 = async () => (await bridge.ensure()).ipv6;
  return new Gates({
    ipv6,
    lives: options.network?.lives ?? usualLives,
    policyOf: (id) => (isBuilder(id) ? 'none' : policyOf(id)),
    locate: () => locate(store),
    doorOf: async (id) => {
      const container = await mustFind(store, id);
      const address = addressOn(names.network, container);
      return new ContainerDoor(rules, { container: { id: container.Id, pid: container.State.Pid }, address });
    },
    lookup: async (name, stop) => {
      const kinds = (await ipv6()) ? [types.a, types.aaaa] : [types.a];
      const known = await upstreams();
      return (await Promise.all(kinds.map((type) => addressesOf(known, { name, type }, stop)))).flat();
    },
  });
}

/** The sandboxes that run, by address. */
async function locate({ engine, names }: Omit<Store, 'gates'>): Promise<Map<string, string>> {
  const filters = JSON.stringify({ label: [`${storeLabel}=${names.store}`, sandboxLabel] });
  const what = 'list the containers';
  const running = await engine.ask<ContainerInfo[]>({ what, path: '/containers/json', query: { filters } });
  return new Map(
    running.flatMap(({ Labels, Names, NetworkSettings }) => {
      const id = names.sandbox(Labels, Names[0]);
      const address = NetworkSettings?.Networks[names.network]?.IPAddress;
      return id !== undefined && address ? [[address, id] as const] : [];
    }),
  );
}
