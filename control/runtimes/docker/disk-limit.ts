import type { ContainerSpec } from '../runtime.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** What the engine says of its storage. */
export interface KnownStorage {
  Driver?: string;
  DriverStatus?: [string, string][] | null;
}

/** Whether the engine's storage keeps limits of disk. */
export interface DiskLimits {
  /** `tried`: only the making of a container with a limit tells. */
  kept: 'yes' | 'no' | 'tried';
  /** The image's files count for the limit, too. */
  withImage: boolean;
}

/**
 * Docker takes `--storage-opt size` with btrfs and zfs, and with overlay2 on an xfs that is mounted with `pquota`, of which its
 * description says only that it is xfs. Btrfs limits what a container's files come to together with those of the image, that are
 * shared; the others what was written since.
 */
export function judgeStorage({ Driver, DriverStatus }: KnownStorage): DiskLimits {
  if (Driver === 'btrfs') return { kept: 'yes', withImage: true };
  if (Driver === 'zfs') return { kept: 'yes', withImage: false };
  const isXfs = DriverStatus?.some(([name, value]) => name === 'Backing Filesystem' && value === 'xfs') ?? false;
  return { kept: Driver === 'overlay2' && isXfs ? 'tried' : 'no', withImage: false };
}

/** What a container with a limit of disk is made with, beside its other settings; nothing where the engine keeps none. */
export type StorageSettings = { StorageOpt?: { size: string } };

/**
 * Makes a container with the limit of disk that it is to have. An engine that refuses limits is asked for none again: sandboxes are
 * watched then. @throws as `make`
 */
export async function withDiskLimit<T>(
  store: Pick<Store, 'engine' | 'diskLimits'>,
  { image, limits }: Pick<ContainerSpec, 'image' | 'limits'>,
  make: (settings: StorageSettings) => Promise<T>,
): Promise<T> {
  const { diskLimits } = store;
  if (limits.disk === undefined || diskLimits.kept === 'no') return make({});
  const beside = diskLimits.withImage ? await sizeOf(store, image) : 0;
  try {
    const made = await make({ StorageOpt: { size: String(Math.ceil(limits.disk) + beside) } });
    store.diskLimits = { ...diskLimits, kept: 'yes' };
    return made;
  } catch (error) {
    if (!refusesLimits(error)) throw error;
    const made = await make({});
    // Only now: who is refused for something else may have put these words there, as in the name of a directory.
    store.diskLimits = { ...diskLimits, kept: 'no' };
    return made;
  }
}

/** The engine names the option, or the quota, whatever it has against them. */
function refusesLimits(error: unknown): boolean {
  const refusal = (error as Error).cause ?? error;
  return isRefusal(refusal) && /storage-opt|storage option|quota/i.test(refusal.message);
}

async function sizeOf({ engine }: Pick<Store, 'engine'>, image: string): Promise<number> {
  try {
    return (await engine.ask<{ Size: number }>({ what: 'look at an image', path: `/images/${image}/json` })).Size;
  } catch (error) {
    // Who makes a container of it has the words for it.
    if (isRefusal(error, 404)) return 0;
    throw error;
  }
}
