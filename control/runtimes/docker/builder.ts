import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { BuildRecipe } from '../builds.ts';
import { addressOn, ContainerDoor } from './door.ts';
import { buildLabel, helperLabel } from './names.ts';
import { limitSettings, profiles } from './profile.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** Waits for what is run beside it. */
const idle = ['/bin/sh', '-c', 'while :; do sleep 1000; done'];

/**
 * Makes the container that packages are installed in, with the walls of a standard sandbox: limits, capabilities, the network. It is
 * no sandbox and has nothing of Cubby's in it. Returns the engine's id for it.
 */
export async function makeBuilder(store: Store, recipe: BuildRecipe): Promise<string> {
  const { engine, names, options, seccomp, bridge, deadlines } = store;
  const { name } = names.builder(recipe.key);
  const resolver = recipe.network ? (await bridge.ensure()).gateway : undefined;
  const body = {
    Image: recipe.base,
    User: '0:0',
    WorkingDir: '/',
    Entrypoint: idle,
    Cmd: [],
    Healthcheck: { Test: ['NONE'] },
    Labels: { [helperLabel]: names.store, [buildLabel]: recipe.key },
    HostConfig: {
      ...profiles.standard.host,
      ...limitSettings('standard', { ...recipe.limits, spool: 0 }),
      // What is left there, caches as an example, doesn't become a part of the image.
      Mounts: [{ Type: 'volume', Target: '/tmp' }],
      NetworkMode: recipe.network ? names.network : 'none',
      ...(resolver !== undefined && { Dns: [resolver], DnsSearch: ['.'] }),
      SecurityOpt: [
        'no-new-privileges:true',
        ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`]),
        ...(options.apparmorProfile === undefined ? [] : [`apparmor=${options.apparmorProfile}`]),
      ],
      IpcMode: 'private',
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
      OomScoreAdj: 100,
      ...(options.ociRuntime !== undefined && { Runtime: options.ociRuntime }),
    },
  };
  const what = 'make a container for packages';
  const query = { name };
  const request = { what, method: 'POST' as const, path: '/containers/create', query, body, deadline: deadlines.start };
  const { Id } = await engine.ask<{ Id: string }>(request);
  return Id;
}

/** Starts it, and shuts its network before anything is run in it. */
export async function startBuilder(store: Store, container: string, { key, network }: BuildRecipe): Promise<void> {
  const { engine, names, rules, gates, deadlines } = store;
  const { id } = names.builder(key);
  if (network) await rules.ensureHost();
  const path = `/containers/${container}/start`;
  try {
    await engine.ask({ what: 'start a container for packages', method: 'POST', path, deadline: deadlines.start });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new ApiError('TEMPLATE_BUILD_FAILED', error.message, { field: 'packages', cause: error });
  }
  if (!network) return;
  const running = await engine.ask<ContainerInspectInfo>({
    what: 'look at a container',
    path: `/containers/${container}/json`,
  });
  if (!running.State.Running) {
    const message = 'The image has no shell that could wait there (/bin/sh with sleep).';
    throw new ApiError('TEMPLATE_BUILD_FAILED', message, { field: 'packages' });
  }
  const address = addressOn(names.network, running);
  const door = new ContainerDoor(rules, { container: { id: running.Id, pid: running.State.Pid }, address });
  await gates.begin(id, address, door);
}
