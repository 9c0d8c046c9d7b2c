import type { ContainerInspectInfo } from 'dockerode';

/** A volume, and where a container has it. */
export interface OwnVolume {
  name: string;
  path: string;
}

/** Below this is what Cubby itself has mounted. */
const ours = '/.cubby/';

/** The mounts of volumes that live no longer than the container: see below. */
export function ownMounts({ Mounts, HostConfig }: ContainerInspectInfo): ContainerInspectInfo['Mounts'] {
  const named = new Set((HostConfig.Mounts ?? []).filter(({ Source }) => Source).map(({ Target }) => Target));
  const bound = new Set((HostConfig.Binds ?? []).map((bind) => bind.split(':')[1]));
  return Mounts.filter(
    ({ Type, Destination }) =>
      Type === 'volume' && !named.has(Destination) && !bound.has(Destination) && !Destination.startsWith(ours),
  );
}

/**
 * The volumes that live no longer than the container: the workspace, and what the image declares. What the request mounted by
 * its name, or from the host, lives on by itself and is left out. So is what lies below another of them.
 */
export function ownVolumes(container: ContainerInspectInfo): OwnVolume[] {
  const own = ownMounts(container);
  return own.flatMap(({ Name, Destination: path }) => {
    const isBelow = own.some(({ Destination }) => path.startsWith(`${Destination}/`));
    return Name === undefined || isBelow ? [] : [{ name: Name, path }];
  });
}
