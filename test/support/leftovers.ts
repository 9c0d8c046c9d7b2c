import Docker from 'dockerode';

/** Names of everything on the engine that carries a store's id. */
export async function leftovers(store: string): Promise<string[]> {
  const engine = new Docker();
  const filters = { label: [`cubby.store=${store}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  return [
    ...containers.map((container) => `container ${container.Names[0]}`),
    ...networks.map((network) => `network ${network.Name}`),
    ...(volumes ?? []).map((volume) => `volume ${volume.Name}`),
  ];
}
