import type { ContainerInspectInfo, ImageInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { BuildProgress, BuildRecipe } from '../builds.ts';
import { discardBuild } from './build-images.ts';
import { makeBuilder, startBuilder } from './builder.ts';
import { commit } from './commit.ts';
import { execute } from './execute.ts';
import { inspectImage } from './image.ts';
import { load } from './load.ts';
import { buildDraftLabel, buildLabel } from './names.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';
import type { Store } from './store.ts';

/**
 * Runs the commands in a container of the base, takes what they have written as one layer, and puts that below the base's own
 * configuration: what the container was told, as its limits and its variables, doesn't go into the image.
 */
export async function build(store: Store, recipe: BuildRecipe, progress: BuildProgress): Promise<void> {
  const { names } = store;
  const { key, base } = recipe;
  const origin = await inspectImage(store, base);
  if (origin === undefined) throw failed(`The image that it is built upon (${base}) is not there any more.`);
  try {
    const { RootFS, Os, Architecture } = await layered(store, recipe, progress);
    const { Image: _, Hostname: __, Labels, ...config } = origin.Config as Partial<ImageInspectInfo['Config']>;
    await load(
      store.engine,
      {
        layers: RootFS.Layers ?? [],
        platform: { os: Os, architecture: Architecture },
        config: { ...config, Labels: { ...Labels, ...names.labels, [buildLabel]: key } },
        createdAt: new Date(),
        tag: names.prebuilt(key),
      },
      { deadline: store.deadlines.capture, signal: progress.signal },
    );
  } finally {
    await discardBuild(store, key);
  }
}

/** The draft that the commands have left. */
async function layered(store: Store, recipe: BuildRecipe, { say, signal }: BuildProgress): Promise<ImageInspectInfo> {
  const { engine, names, deadlines } = store;
  const container = await makeBuilder(store, recipe);
  try {
    await startBuilder(store, container, recipe);
    for (const step of recipe.steps) {
      signal.throwIfAborted();
      say(`$ ${step.command.join(' ')}\n`);
      const code = await execute(engine, { container, ...step, say, signal });
      if (code !== 0) throw failed(await why(store, container, step.command, code));
    }
    // Nothing that they have left running writes on.
    await kill(store, container);
    await requireSize(store, container, recipe.maxSize);
    const labels = { ...names.labels, [buildDraftLabel]: recipe.key };
    return await commit(engine, container, { labels, deadline: deadlines.capture, signal });
  } finally {
    store.gates.forget(names.builder(recipe.key).id);
    await removeContainer(engine, container);
  }
}

async function why(store: Store, container: string, [program]: readonly string[], code: number): Promise<string> {
  const { State } = await look(store, container);
  if (State.OOMKilled || code === 137) return `${program} was ended, as it is where memory runs out.`;
  if (code === 126 || code === 127) return `The image has no ${program} that can be run (exit code ${code}).`;
  return `${program} ended with exit code ${code}.`;
}

async function requireSize(store: Store, container: string, most: number): Promise<void> {
  const { SizeRw = 0 } = await look(store, container, { size: true });
  if (SizeRw > most) throw failed(`It has written ${SizeRw} bytes; ${most} are allowed here.`);
}

function look(
  { engine, deadlines }: Store,
  container: string,
  query = {},
): Promise<ContainerInspectInfo & { SizeRw?: number }> {
  const path = `/containers/${container}/json`;
  return engine.ask({ what: 'look at a container', path, query, deadline: deadlines.capture });
}

async function kill({ engine }: Store, container: string): Promise<void> {
  const path = `/containers/${container}/kill`;
  try {
    await engine.ask({ what: 'end a container', method: 'POST', path });
    await engine.ask({ what: 'wait for a container', method: 'POST', path: `/containers/${container}/wait` });
  } catch (error) {
    // 409: it has ended by itself.
    if (!isRefusal(error, 409)) throw error;
  }
}

function failed(message: string): ApiError {
  return new ApiError('TEMPLATE_BUILD_FAILED', message, { field: 'packages' });
}
