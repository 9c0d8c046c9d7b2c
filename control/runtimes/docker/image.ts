import { createHash } from 'node:crypto';
import type { ImageInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ImageFacts, RegistryAuth } from '../runtime.ts';
import { jsonLines } from './json-lines.ts';
import { parseReference, type Reference } from './reference.ts';
import { EngineRefusal, isRefusal } from './refusal.ts';
import { refuseSnapshot, refuseSnapshotName } from './refuse-snapshot.ts';
import type { Store } from './store.ts';

interface ImageOptions {
  auth?: RegistryAuth | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * What the image says about itself. The engine's own copy is used where there is one; it is pulled otherwise, once however
 * many ask for it at the same time.
 * @throws ApiError `DOCKER::SANDBOX_IMAGE_PULL_FAILED`; `SANDBOX::INVALID_PARAMETER` for the image of a snapshot
 */
export async function image(store: Store, uri: string, { auth, signal }: ImageOptions = {}): Promise<ImageFacts> {
  const reference = parseReference(uri);
  refuseSnapshotName(reference.name);
  const present = await inspectImage(store, uri);
  if (present !== undefined) return toAskedFacts(present);
  const started = performance.now();
  // Callers with different credentials don't share: the pull of one would answer for the rights of the other.
  const key = createHash('sha256')
    .update(JSON.stringify([uri, auth]))
    .digest('hex');
  await store.pulls.join(key, (abort) => pull(store, reference, auth, abort), signal);
  const pulled = await inspectImage(store, uri);
  if (pulled === undefined) throw failed(uri, 'it was pulled, and then it was gone');
  return { ...toAskedFacts(pulled), pulledMs: Math.round(performance.now() - started) };
}

/** The engine's own copy, undefined when it has none. */
export async function inspectImage({ engine }: Store, uri: string): Promise<ImageInspectInfo | undefined> {
  try {
    return await engine.ask<ImageInspectInfo>({ what: 'look at an image', path: `/images/${uri}/json` });
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

async function pull(
  { engine, deadlines }: Store,
  { name, version }: Reference,
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<void> {
  const request = {
    what: 'pull the image',
    method: 'POST' as const,
    path: '/images/create',
    query: { fromImage: name, tag: version },
    auth,
    deadline: deadlines.pull,
    signal,
  };
  try {
    await engine.read(request, async (progress) => {
      // The status was sent before the work began, so a failure comes as a line of its own.
      for await (const line of jsonLines(progress)) {
        const { error } = line as { error?: string };
        if (error !== undefined) throw new EngineRefusal(request.what, 500, error);
      }
    });
  } catch (error) {
    throw isRefusal(error) ? failed(`${name}:${version}`, error.message) : error;
  }
}

function failed(uri: string, why: string): ApiError {
  return new ApiError('DOCKER::SANDBOX_IMAGE_PULL_FAILED', `image ${uri}: ${why}`, { field: 'image.uri' });
}

function toAskedFacts(found: ImageInspectInfo): ImageFacts {
  refuseSnapshot(found);
  return toImageFacts(found);
}

/** The engine leaves out what an image doesn't set, or says null. */
export function toImageFacts({ Id, Config }: ImageInspectInfo): ImageFacts {
  const { Env, User, WorkingDir, Entrypoint, Cmd } = (Config ?? {}) as Partial<ImageInspectInfo['Config']>;
  const words = (value: string | string[] | null | undefined) => (typeof value === 'string' ? [value] : (value ?? []));
  return {
    id: Id,
    env: words(Env),
    user: User ?? '',
    workdir: WorkingDir ?? '',
    entrypoint: words(Entrypoint),
    cmd: words(Cmd),
  };
}
