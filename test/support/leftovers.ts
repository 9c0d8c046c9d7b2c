import Docker from 'dockerode';

/** Names of everything on the engine that carries a store's id. */
export async function leftovers(store: string): Promise<string[]> {
  const engine = new Docker();
  const filters = { label: [`cubby.store=${store}`] };
  const [containers, networks, { Volumes: volumes }, images, helpers] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
    engine.listImages({ all: true, filters }),
    engine.listContainers({ all: true, filters: { label: [`cubby.helper=${store}`] } }),
  ]);
  return [
    ...containers.map((container) => `container ${container.Names[0]}`),
    ...networks.map((network) => `network ${network.Name}`),
    ...(volumes ?? []).map((volume) => `volume ${volume.Name}`),
    ...images.map((image) => `image ${image.RepoTags?.[0] ?? image.Id}`),
    ...helpers.map((helper) => `helper ${helper.Names[0]}`),
  ];
}
