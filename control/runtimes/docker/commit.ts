import type { ImageInspectInfo } from 'dockerode';
import type { Engine } from './engine.ts';

interface CommitOptions {
  /** What the image is known by, beside the labels that it has from the container. */
  labels: Record<string, string>;
  deadline: number;
  signal: AbortSignal;
}

/**
 * Turns what a container has written into a layer, below an image without a name. All that the container was told is in that
 * image, so it is a draft only. The container is not paused for it: that is the caller's. Returns the image.
 */
export async function commit(
  engine: Engine,
  container: string,
  { labels, deadline, signal }: CommitOptions,
): Promise<ImageInspectInfo> {
  const { Id } = await engine.ask<{ Id: string }>({
    what: 'make an image of the container',
    method: 'POST',
    path: '/commit',
    query: { container, pause: false },
    body: { Labels: labels },
    deadline,
    signal,
  });
  return engine.ask<ImageInspectInfo>({ what: 'look at an image', path: `/images/${Id}/json` });
}
