import type { VolumeInspectInfo } from 'dockerode';
import type { EngineVolume } from '../runtime.ts';
import { claimLabel, storeLabel } from './names.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** The engine's word on a named volume, undefined when it knows none. The name has been checked to be part of a path. */
export async function volume({ engine }: Store, name: string): Promise<EngineVolume | undefined> {
  try {
    const what = 'look at a volume';
    return toEngineVolume(await engine.ask<VolumeInspectInfo>({ what, path: `/volumes/${name}` }));
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

/** Makes a volume with the labels that say whose it is. The engine gives the one that is there, where there is one. */
export async function makeVolume({ engine, names }: Store, name: string, maker: string): Promise<EngineVolume> {
  const body = { Name: name, Driver: 'local', Labels: claimLabels(names.labels, maker) };
  const what = 'make a volume';
  return toEngineVolume(await engine.ask<VolumeInspectInfo>({ what, method: 'POST', path: '/volumes/create', body }));
}

/** Removes a volume, unless it is in use. */
export async function removeVolume({ engine }: Store, name: string): Promise<void> {
  try {
    await engine.ask({ what: 'remove a volume', method: 'DELETE', path: `/volumes/${name}` });
  } catch (error) {
    // 404: it is gone. 409: something that isn't this store's uses it.
    if (!isRefusal(error, 404, 409)) throw error;
  }
}

/** What a volume carries that was made for a user's sandbox. */
export function claimLabels(labels: Record<string, string>, maker: string): Record<string, string> {
  return { ...labels, [claimLabel]: maker };
}

function toEngineVolume({ Name, Driver, Mountpoint, Labels, Options }: VolumeInspectInfo): EngineVolume {
  return {
    name: Name,
    owner: Labels?.[storeLabel],
    maker: Labels?.[claimLabel],
    plain: Driver === 'local' && Object.keys(Options ?? {}).length === 0,
    directory: Mountpoint,
  };
}
