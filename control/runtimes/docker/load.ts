import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Engine } from './engine.ts';
import { jsonLines } from './json-lines.ts';
import { EngineRefusal } from './refusal.ts';
import { tar } from './tar.ts';

/** An image out of layers that the engine has already. */
export interface Recipe {
  /** The layers' digests, as an image's RootFS lists them. */
  layers: string[];
  platform: { os: string; architecture: string };
  config: object;
  createdAt: Date;
  /** The name it gets; none otherwise. */
  tag?: string;
}

/**
 * Makes an image of layers that are there and a configuration of our own. A commit can't do that: into the image it makes goes all
 * that the container was told, its environment too. `docker load` takes a layer that it knows without reading it, so the
 * archive has descriptions only and no layer. Returns the image's id.
 */
export async function load(
  engine: Engine,
  { layers, platform, config, createdAt, tag }: Recipe,
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<string> {
  const created = createdAt.toISOString();
  const history = layers.map(() => ({ created, created_by: 'cubby' }));
  const image = JSON.stringify({ ...platform, created, config, history, rootfs: { type: 'layers', diff_ids: layers } });
  const Layers = layers.map((_, index) => `${index}/layer.tar`);
  const manifest = [{ Config: 'image.json', RepoTags: tag === undefined ? [] : [tag], Layers }];
  const what = 'make an image of layers that it has';
  const request = {
    what,
    method: 'POST' as const,
    path: '/images/load',
    query: { quiet: true },
    file: Readable.from([tar({ 'manifest.json': JSON.stringify(manifest), 'image.json': image })]),
    deadline,
    signal,
  };
  await engine.read(request, async (progress) => {
    // The status was sent before the work began, so a failure comes as a line of its own.
    for await (const line of jsonLines(progress)) {
      const { error } = line as { error?: string };
      if (error !== undefined) throw new EngineRefusal(what, 500, error);
    }
  });
  return `sha256:${createHash('sha256').update(image).digest('hex')}`;
}
