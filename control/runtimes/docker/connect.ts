import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open, stat, statfs } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { ApiError } from '../../../shared/api/errors.ts';
import { find } from './find.ts';
import { socketsPath } from './mounts.ts';
import type { Store } from './store.ts';

/** O_PATH, which Node has no name for and which is the same number on its architectures; O_NOFOLLOW isn't. */
const pathOnly = 0o10000000 | constants.O_NOFOLLOW;
/** TMPFS_MAGIC (linux/magic.h). */
const tmpfs = 0x01021994;
/** The other side only has to have room in its queue. */
const connectMs = 5000;

/**
 * A new connection to the agent. Root in the sandbox can put anything at the place of the agent's socket, a symbolic link to the
 * engine's own as an example. So what lies there is opened without following it and without using it, looked at, and
 * then connected to through that very descriptor: it can't be exchanged in between.
 */
export async function connect(store: Store, id: string): Promise<Socket> {
  const socket = await dial(store, id);
  socket.off('error', ignore);
  // It would tell who takes it over now of no error any more.
  if (socket.destroyed) throw unreachable(id, 'the agent ended as it was being connected to');
  return socket;
}

/** As above; until somebody takes the connection over its errors are heard and left aside: unheard, one would end this process. */
async function dial(store: Store, id: string): Promise<Socket> {
  const directory = store.known.get(id)?.sockets ?? (await findSockets(store, id));
  const path = `${directory}/agent.sock`;
  let entry: FileHandle | undefined;
  try {
    entry = await open(path, pathOnly);
    if (!(await entry.stat()).isSocket()) throw unreachable(id, 'what lies at the place of its socket is no socket');
    const socket = connectSocket(`/proc/self/fd/${entry.fd}`).on('error', ignore);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(connectMs) });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return socket;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreachable(id, (error as Error).message, error);
    if (await isMounted(directory)) throw unreachable(id, 'the agent does not listen yet', error);
    // What was known of it may be of a container that is gone.
    store.known.delete(id);
    throw unreachable(id, await whyNotMounted(directory), error);
  } finally {
    await entry?.close();
  }
}

function ignore(): void {}

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
