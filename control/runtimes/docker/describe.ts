import type { ContainerDescription } from '../runtime.ts';
import { find } from './find.ts';
import type { Store } from './store.ts';

/** Cubby's own, which would only puzzle. */
const ownVariables = /^CUBBY_/;

/** What the engine knows of a container, for who looks for a fault; its secrets left out. */
export async function describe(store: Store, id: string): Promise<ContainerDescription | undefined> {
  const container = await find(store, id);
  if (container === undefined) return undefined;
  const { State, Config, Mounts, NetworkSettings } = container;
  const names = (Config.Env ?? []).map((entry) => entry.slice(0, Math.max(0, entry.indexOf('='))));
  return {
    engineId: container.Id,
    name: container.Name.replace(/^\//, ''),
    image: Config.Image,
    state: State.Status,
    createdAt: happened(container.Created),
    startedAt: happened(State.StartedAt),
    finishedAt: happened(State.FinishedAt),
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    error: State.Error,
    diskIsEnforced: container.HostConfig.StorageOpt?.size !== undefined,
    ociRuntime: container.HostConfig.Runtime ?? '',
    networks: Object.entries(NetworkSettings.Networks ?? {}).map(([name, { IPAddress, GlobalIPv6Address }]) => ({
      name,
      addresses: [IPAddress, GlobalIPv6Address].filter((address) => address),
    })),
    mounts: Mounts.map(({ Destination, Type, RW }) => ({ path: Destination, kind: Type ?? '', writable: RW })),
    environment: names.filter((name) => name !== '' && !ownVariables.test(name)).sort(),
  };
}

/** Empty for what has not happened: the year 1, as the engine has it. */
function happened(time: string): string {
  return time.startsWith('0001-') ? '' : time;
}
