import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ContainerSpec } from '../runtime.ts';
import { withDiskLimit } from './disk-limit.ts';
import { hasOwnWorkspace } from './mounts.ts';
import { workspace, workspaceOwner } from './profile.ts';
import { parseReference } from './reference.ts';
import { isRefusal } from './refusal.ts';
import { refuseImage, refuseMount } from './refuse-image.ts';
import { removeContainer } from './removal.ts';
import { containerSettings } from './settings.ts';
import type { Store } from './store.ts';

/** Makes the container, does not start it. */
export async function create(store: Store, spec: ContainerSpec): Promise<void> {
  const { names, options, seccomp, bridge, ociRuntimes } = store;
  parseReference(spec.image);
  const name = names.container(spec.id);
  const resolver = spec.network ? (await bridge.ensure()).gateway : undefined;
  const settings = containerSettings(spec, { names, options, seccomp, resolver, ociRuntimes });
  store.known.delete(spec.id);
  const container = await withDiskLimit(store, spec, (storage) =>
    make(store, name, { ...settings, HostConfig: { ...settings.HostConfig, ...storage } }),
  );
  try {
    const { Image, Mounts, Config } = await look(store, container);
    const image = { image: Image, volumes: Object.keys(Config.Volumes ?? {}).map((path) => posix.resolve('/', path)) };
    await refuseImage(store, image, spec.profile);
    for (const [index, { target }] of spec.mounts.entries()) await refuseMount(store, image, target, index);
    if (hasOwnWorkspace(spec)) await giveWorkspace(Mounts);
  } catch (error) {
    await removeContainer(store.engine, container);
    if (!isRefusal(error, 404)) throw error;
    const message = 'The sandbox did not start: its container was removed, not by Cubby.';
    throw new ApiError('DOCKER::SANDBOX_START_FAILED', message, { cause: error });
  }
}

async function make({ engine, deadlines }: Store, name: string, body: object): Promise<string> {
  try {
    const { Id } = await engine.ask<{ Id: string }>({
      what: 'make the container',
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body,
      deadline: deadlines.start,
    });
    return Id;
  } catch (error) {
    // An administrator may have taken a runtime away since the start. The engine's words differ from version to version.
    if (isRefusal(error, 400) && /unknown .*runtime/i.test(error.message)) {
      throw new ApiError('SANDBOX::RUNTIME_NOT_AVAILABLE', error.message, { cause: error });
    }
    if (isRefusal(error, 400)) throw new ApiError('SANDBOX::INVALID_PARAMETER', error.message, { cause: error });
    if (isRefusal(error, 404)) throw new ApiError('DOCKER::SANDBOX_IMAGE_PULL_FAILED', error.message, { cause: error });
    if (isRefusal(error)) throw new ApiError('DOCKER::SANDBOX_START_FAILED', error.message, { cause: error });
    throw error;
  }
}

function look({ engine }: Store, container: string): Promise<ContainerInspectInfo> {
  return engine.ask<ContainerInspectInfo>({ what: 'look at a container', path: `/containers/${container}/json` });
}

/** The engine gives a new volume to root, or to whom the image's directory belongs. Nothing has run in it yet. */
async function giveWorkspace(mounts: ContainerInspectInfo['Mounts']): Promise<void> {
  const path = mounts.find(({ Destination }) => Destination === workspace)?.Source ?? '';
  try {
    const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await directory.chown(workspaceOwner, workspaceOwner);
    } finally {
      await directory.close();
    }
  } catch (error) {
    const message = `the workspace at ${path} can't be given to its user: ${(error as Error).message}`;
    throw new ApiError('DOCKER::SANDBOX_START_FAILED', message, { cause: error });
  }
}
