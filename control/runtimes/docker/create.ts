import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ContainerSpec } from '../runtime.ts';
import { hasOwnWorkspace, packPath, socketsPath, spoolPath } from './mounts.ts';
import { workspace, workspaceOwner } from './profile.ts';
import { parseReference } from './reference.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';
import { containerSettings } from './settings.ts';
import type { Store } from './store.ts';

/** Where every hardened sandbox has something mounted. */
const hardenedPlaces = [packPath, socketsPath, spoolPath, workspace, '/tmp'];

/** Makes the container, does not start it. */
export async function create(store: Store, spec: ContainerSpec): Promise<void> {
  const { names, options, seccomp, bridge } = store;
  parseReference(spec.image);
  const name = names.container(spec.id);
  const resolver = spec.network ? (await bridge.ensure()).gateway : undefined;
  const settings = containerSettings(spec, { names, options, seccomp, resolver });
  store.known.delete(spec.id);
  const container = await make(store, name, settings);
  const hardened = spec.profile === 'hardened';
  if (!hardened && spec.mounts.length === 0) return;
  try {
    const { Image, Mounts } = await look(store, container);
    if (hardened) await refuseImage(store, Image);
    for (const [index, { target }] of spec.mounts.entries()) await refuseLinks(store, Image, target, index);
    if (hasOwnWorkspace(spec)) await giveWorkspace(Mounts);
  } catch (error) {
    await removeContainer(store.engine, container);
    throw error;
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
    if (isRefusal(error, 400)) throw new ApiError('SANDBOX::INVALID_PARAMETER', error.message, { cause: error });
    if (isRefusal(error, 404)) throw new ApiError('DOCKER::SANDBOX_IMAGE_PULL_FAILED', error.message, { cause: error });
    if (isRefusal(error)) throw new ApiError('DOCKER::SANDBOX_START_FAILED', error.message, { cause: error });
    throw error;
  }
}

function look({ engine }: Store, container: string): Promise<ContainerInspectInfo> {
  return engine.ask<ContainerInspectInfo>({ what: 'look at a container', path: `/containers/${container}/json` });
}

/**
 * Where the image leads Cubby's own mounts to places that the sandbox can write to, nothing is hardened: whoever moves the directory
 * around them exchanges the programs that run as root. An image may be the work of code that ran in a sandbox: see snapshots.
 */
async function refuseImage({ imagePaths }: Store, image: string): Promise<void> {
  const inTheWay = await imagePaths.look(image, ...hardenedPlaces);
  if (inTheWay === undefined) return;
  const expected = `one without a link or a file at ${inTheWay}, where a hardened sandbox has something mounted`;
  throw new ApiError('SANDBOX::INVALID_PARAMETER', `image: expected ${expected}`, { field: 'image', expected });
}

async function refuseLinks({ imagePaths }: Store, image: string, target: string, index: number): Promise<void> {
  const inTheWay = await imagePaths.look(image, target);
  if (inTheWay === undefined) return;
  const field = `volumes.${index}.mountPath`;
  const expected = 'a path that leads through directories only';
  const message = `${field}: expected ${expected}, found a link or a file of the image at ${inTheWay}`;
  throw new ApiError('VOLUME::INVALID_MOUNT_PATH', message, { field, expected });
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
