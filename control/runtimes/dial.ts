import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';

/** O_PATH, which Node has no name for and which is the same number on its architectures; O_NOFOLLOW isn't. */
const pathOnly = 0o10000000 | constants.O_NOFOLLOW;
/** The other side only has to have room in its queue. */
const connectMs = 5000;

/**
 * Connects to a unix socket in a directory that a sandbox writes to. Root in there can put anything in its place, a symbolic link to
 * the engine's own as an example. So what lies there is opened without following it and without using it, looked at, and then
 * connected to through that very descriptor: it can't be exchanged in between, and its path may be of any length.
 * @throws Error of the system's, or that says what is wrong with it
 */
export async function dial(path: string): Promise<Socket> {
  const socket = await reach(path);
  socket.off('error', ignore);
  // It would tell who takes it over now of no error any more.
  if (socket.destroyed) throw new Error('the agent ended as it was being connected to');
  return socket;
}

/** As above; until somebody takes the connection over its errors are heard and left aside: unheard, one would end this process. */
async function reach(path: string): Promise<Socket> {
  let entry: FileHandle | undefined;
  try {
    entry = await open(path, pathOnly);
    if (!(await entry.stat()).isSocket()) throw new Error('what lies at the place of its socket is no socket');
    const socket = connect(`/proc/self/fd/${entry.fd}`).on('error', ignore);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(connectMs) });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return socket;
  } finally {
    await entry?.close();
  }
}

function ignore(): void {}
