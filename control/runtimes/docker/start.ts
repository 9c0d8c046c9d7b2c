import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { addressOn, ContainerDoor } from './door.ts';
import { find, mustFind } from './find.ts';
import { socketsPath } from './mounts.ts';
import { isRefusal } from './refusal.ts';
import { refuseDisk } from './refuse-disk.ts';
import { requirePack } from './require-pack.ts';
import type { Store } from './store.ts';

/**
 * Starts the container, for the first time or again, which is on its network from the beginning, and shuts it. The agent is all that runs by then.
 * When a rule can't be set, or it can't be known that it was, the container is ended; removing it is the caller's.
 */
export async function start(store: Store, id: string): Promise<void> {
  const container = await mustFind(store, id);
  if (!container.State.StartedAt.startsWith('0001-')) {
    requirePack(store, container);
    // What ran in it may have changed its files.
    await refuseDisk(store, container);
  }
  const networked = container.HostConfig.NetworkMode !== 'none';
  // The host's table is looked at while the engine works.
  const host = networked ? settled(store.rules.ensureHost()) : undefined;
  await startContainer(store, container.Id);
  try {
    const running = await mustFind(store, id);
    if (networked) {
      const failure = await host;
      if (failure !== undefined) throw failure.error;
      const address = addressOn(store.names.network, running);
      const door = new ContainerDoor(store.rules, { container: { id: running.Id, pid: running.State.Pid }, address });
      await store.gates.begin(id, address, door);
    }
    const sockets = running.Mounts.find(({ Destination }) => Destination === socketsPath)?.Source;
    store.known.set(id, { container: running.Id, ...(sockets !== undefined && { sockets }) });
    if (!running.State.Running) throw endedAtOnce(id, running);
  } catch (error) {
    await kill(store, container.Id, error);
    const now = await find(store, id).catch(() => undefined);
    // A container that ended by itself can't be shut; that it ended is what there is to tell.
    if (now !== undefined && endedByItself(now)) throw endedAtOnce(id, now);
    throw error;
  }
}

/** Exit code of what SIGKILL ended. */
const killed = 137;

async function startContainer({ engine, deadlines }: Store, container: string): Promise<void> {
  try {
    await engine.ask({
      what: 'start the container',
      method: 'POST',
      path: `/containers/${container}/start`,
      deadline: deadlines.start,
    });
  } catch (error) {
    if (isRefusal(error)) throw new ApiError('DOCKER::SANDBOX_START_FAILED', error.message, { cause: error });
    throw error;
  }
}

/** @throws ApiError that tells of both failures, when the container goes on and isn't shut */
async function kill({ engine }: Store, container: string, reason: unknown): Promise<void> {
  try {
    await engine.ask({
      what: 'end the container',
      method: 'POST',
      path: `/containers/${container}/kill`,
      query: { signal: 'SIGKILL' },
    });
  } catch (error) {
    // 404 and 409: gone, or not running any more.
    if (isRefusal(error, 404, 409)) return;
    const both = `${(reason as Error).message}; and it could not be ended: ${(error as Error).message}`;
    throw new ApiError('NETWORK_RULES_FAILED', both, { cause: reason });
  }
}

/** The kernel's own SIGKILL for want of memory is no end of ours. */
function endedByItself({ State }: ContainerInspectInfo): boolean {
  return !State.Running && (State.ExitCode !== killed || State.OOMKilled);
}

function endedAtOnce(id: string, { State }: ContainerInspectInfo): ApiError {
  const why = State.Error || `exit code ${State.ExitCode}`;
  return new ApiError('DOCKER::SANDBOX_START_FAILED', `sandbox ${id} ended before it was ready: ${why}`);
}

async function settled(promise: Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return { error };
  }
}
