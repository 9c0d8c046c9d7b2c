import { access } from 'node:fs/promises';
import type { ContainerInspectInfo } from 'dockerode';
import type { DiskUse } from '../runtime.ts';
import { find } from './find.ts';
import { ownMounts } from './own-volumes.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';
import { walked } from './walked.ts';

/** A walk that takes longer is given up: what is in it is not known then. */
const walkMs = 120_000;

/**
 * What a sandbox has written and the engine keeps no limit of: the layer over its image, and the volumes that go with it. Directories of the
 * engine's that this machine sees are walked from here; of the layer the engine knows otherwise, by a walk of its own.
 */
export async function diskUse(
  store: Pick<Store, 'engine' | 'names'>,
  id: string,
  stop: AbortSignal,
): Promise<DiskUse | undefined> {
  const container = await find(store, id);
  if (container === undefined) return undefined;
  const isEnforced = container.HostConfig.StorageOpt?.size !== undefined;
  const volumes = ownMounts(container).map(({ Source }) => Source);
  if (isEnforced && volumes.length === 0) return { enforcement: 'enforced' };
  const seen = await visible(volumes);
  const layer = isEnforced ? undefined : await visible([...layerOf(container), ...namesOf(container)]);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(walkMs)]);
  const here = await walked([...seen, ...(layer ?? [])], signal);
  if (isEnforced || layerOf(container).some((path) => layer!.includes(path)))
    return { enforcement: 'watched', bytes: here };
  const there = await sizeByEngine(store, container.Id, signal);
  return { enforcement: 'watched', bytes: there === undefined ? undefined : there + (here ?? 0) };
}

/** Where overlay2 has what a container has written. */
function layerOf({ GraphDriver }: ContainerInspectInfo): string[] {
  const { UpperDir } = (GraphDriver?.Data ?? {}) as { UpperDir?: string };
  return UpperDir === undefined ? [] : [UpperDir];
}

/** Files of the engine's own that it mounts into each container, where whoever is root writes them: they are beside the layer, on the same disk. */
function namesOf({ HostsPath, HostnamePath, ResolvConfPath }: ContainerInspectInfo): string[] {
  return [HostsPath, HostnamePath, ResolvConfPath].filter((path) => path);
}

/** A control in a container doesn't see the engine's directories, unless it was given them. */
async function visible(paths: string[]): Promise<string[]> {
  const seen = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => seen[index]);
}

async function sizeByEngine(
  { engine }: Pick<Store, 'engine'>,
  container: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const path = `/containers/${container}/json`;
  try {
    const query = { size: true };
    const what = 'tell what a container has written';
    const found = await engine.ask<ContainerInspectInfo & { SizeRw?: number }>({
      what,
      path,
      query,
      deadline: walkMs,
      signal,
    });
    return found.SizeRw;
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}
