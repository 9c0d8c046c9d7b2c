import type { ContainerInspectInfo, ImageInspectInfo } from 'dockerode';
import type { Capture, CaptureOptions } from '../snapshots.ts';
import { commit } from './commit.ts';
import { copyVolumes } from './copy-volumes.ts';
import { find, mustFind } from './find.ts';
import { load } from './load.ts';
import { tooLarge } from './measured.ts';
import { draftLabel, snapshotLabel } from './names.ts';
import { type OwnVolume, ownVolumes } from './own-volumes.ts';
import { tokenVariable } from './settings.ts';
import type { Store } from './store.ts';
import { removeVolume } from './volumes.ts';

/** Takes what a sandbox has written, as one layer, or as two where it has volumes of its own. */
export async function capture(store: Store, sandbox: string, options: CaptureOptions): Promise<Capture> {
  const { engine, names, deadlines } = store;
  const { snapshot, maxSize, signal } = options;
  const { Id } = await mustFind(store, sandbox);
  const what = 'look at a container';
  const container = await engine.ask<ContainerInspectInfo & { SizeRw?: number }>({
    what,
    path: `/containers/${Id}/json`,
    query: { size: true },
    deadline: deadlines.capture,
    signal,
  });
  const size = container.SizeRw ?? 0;
  if (size > maxSize) throw tooLarge();
  const path = `/images/${container.Image}/json`;
  const origin = await engine.ask<ImageInspectInfo>({ what: 'look at an image', path });
  const work = { deadline: deadlines.capture, signal };
  const labels = { ...names.labels, [draftLabel]: snapshot };
  const platform = { os: origin.Os, architecture: origin.Architecture };
  const draft = await commit(engine, Id, { labels, ...work });
  const volumes = ownVolumes(container);
  const writer = volumes.length === 0 ? undefined : await withVolumes();

  return { env: environment(container, origin), seal };

  async function withVolumes(): Promise<string> {
    // Without the mounts of the draft's own configuration, so that the copies become part of a layer.
    const config = { Labels: labels };
    const image = await load(engine, { layers: layersOf(draft), platform, config, createdAt: new Date() }, work);
    try {
      return await copyVolumes(engine, {
        image,
        volumes,
        snapshot,
        store: names.store,
        maxSize: maxSize - size,
        ...work,
      });
    } finally {
      await removeOrphans(store, sandbox, volumes);
    }
  }

  async function seal(createdAt: Date): Promise<void> {
    const last = writer === undefined ? draft : await commit(engine, writer, { labels, ...work });
    const { Image: _, Hostname: __, Labels, ...config } = origin.Config as Partial<ImageInspectInfo['Config']>;
    const own = Object.entries(Labels ?? {}).filter(([key]) => key !== draftLabel);
    const marks = { ...Object.fromEntries(own), ...names.labels, [snapshotLabel]: snapshot };
    const recipe = { layers: layersOf(last), platform, createdAt, tag: names.snapshot(snapshot) };
    await load(engine, { ...recipe, config: { ...config, Labels: marks } }, work);
  }
}

function layersOf({ RootFS }: ImageInspectInfo): string[] {
  return RootFS.Layers ?? [];
}

/** What the request added to the image's environment; the agent's secret is neither's. */
function environment(
  { Config: own }: ContainerInspectInfo,
  { Config: image }: ImageInspectInfo,
): Record<string, string> {
  const known = new Set([...(image?.Env ?? [])]);
  const added = own.Env.filter((entry) => !known.has(entry)).map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return Object.fromEntries(added.filter(([name]) => name !== tokenVariable));
}

/** A sandbox that was removed meanwhile could not take along volumes that were being read. */
async function removeOrphans(store: Store, sandbox: string, volumes: OwnVolume[]): Promise<void> {
  if ((await find(store, sandbox)) !== undefined) return;
  for (const { name } of volumes) await removeVolume(store, name);
}
