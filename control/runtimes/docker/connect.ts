import { stat, statfs } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { ApiError } from '../../../shared/api/errors.ts';
import { dial } from '../dial.ts';
import { find } from './find.ts';
import { socketsPath } from './mounts.ts';
import type { Store } from './store.ts';

/** TMPFS_MAGIC (linux/magic.h). */
const tmpfs = 0x01021994;

/** A new connection to the agent. */
export async function connect(store: Store, id: string): Promise<Socket> {
  const directory = store.known.get(id)?.sockets ?? (await findSockets(store, id));
  try {
    return await dial(`${directory}/agent.sock`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreachable(id, (error as Error).message, error);
    if (await isMounted(directory)) throw unreachable(id, 'the agent does not listen yet', error);
    // What was known of it may be of a container that is gone.
    store.known.delete(id);
    throw unreachable(id, await whyNotMounted(directory), error);
  }
}

async function findSockets(store: Store, id: string): Promise<string> {
  const container = await find(store, id);
  if (container === undefined) throw unreachable(id, 'it has no container');
  if (!container.State.Running) throw unreachable(id, 'its container is not running');
  const sockets = container.Mounts.find(({ Destination }) => Destination === socketsPath)?.Source;
  if (sockets === undefined) throw unreachable(id, `its container has nothing at ${socketsPath}`);
  store.known.set(id, { ...store.known.get(id), sockets });
  return sockets;
}

async function isMounted(directory: string): Promise<boolean> {
  const { type } = await statfs(directory).catch(() => ({ type: 0 }));
  return type === tmpfs;
}

async function whyNotMounted(directory: string): Promise<string> {
  return (await stat(directory).catch(() => undefined)) === undefined
    ? `${directory} is not visible here: control has to run on the engine's machine and see its volumes`
    : `nothing is mounted at ${directory}: its container has ended, or control doesn't share the engine's mounts`;
}

function unreachable(id: string, why: string, cause?: unknown): ApiError {
  return new ApiError('AGENT_UNREACHABLE', `sandbox ${id}: ${why}`, { cause });
}
