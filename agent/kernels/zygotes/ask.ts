import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from '../../users/passwd.ts';
import { withRights } from '../../users/rights.ts';

/** Until a zygote that was just started listens: a few milliseconds, most often. */
const againMs = 3;
/** An answer has some dozen bytes. */
const mostBytes = 4096;

/** What a zygote is asked for: one line of JSON. */
export interface ForkRequest {
  /** Directory that the kernel's runner works in, and the size of the ring it makes there. */
  dir: string;
  ring: number;
  /** Working directory, whole environment and arguments of the kernel. */
  cwd: string;
  env: Record<string, string>;
  argv: string[];
}

/**
 * Asks a zygote, as soon as it listens, and returns all that is answered. Connects with the rights of `owner`, who may have put
 * a link to somebody else's socket in place of the zygote's.
 * @throws the signal's reason, the system's errors
 */
export async function ask(path: string, owner: Caller, request: ForkRequest, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const socket = withRights(owner, () => connect(path));
    try {
      return await exchange(socket, request, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
    } finally {
      socket.destroy();
    }
    await delay(againMs);
  }
}

function exchange(socket: Socket, request: ForkRequest, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (text) => {
      answer += text;
      if (answer.length > mostBytes) reject(new Error('the answer has no end'));
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(answer));
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(answer);
    });
  });
}
