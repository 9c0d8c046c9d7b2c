import { WebSocket } from 'ws';
import type { KernelServer } from '../../../shared/api/kernel-server.ts';
import { serializer } from '../jupyter/jupyterlab.ts';
import type { Message } from '../jupyter/wire.ts';
import { authorization } from './exchange.ts';

/** More in one message ends the connection: the server is the user's, and the agent's memory is not. */
const maxMessageBytes = 64 * 1024 * 1024;
/** A server waits for a kernel that is busy before it lets the first client in. */
const handshakeMs = 60_000;
/** Every message in frames of its own; older servers only know JSON. */
const framing = 'v1.kernel.websocket.jupyter.org';

export interface SocketListener {
  /** Gives up connecting. */
  signal: AbortSignal;
  message(message: Message): void;
  unreadable(error: unknown): void;
}

/** Opens a WebSocket to a kernel's channels. `session` names this client to the kernel. @throws Error when that fails */
export async function openSocket(
  server: KernelServer,
  kernelId: string,
  session: string,
  listener: SocketListener,
): Promise<WebSocket> {
  try {
    return await open(server, kernelId, session, listener, [framing]);
  } catch (error) {
    if ((error as Error).message !== 'Server sent no subprotocol') throw error;
    return await open(server, kernelId, session, listener, []);
  }
}

export function sendOver(socket: WebSocket, message: Message): void {
  // Failing means that the connection is lost, which is told in another way.
  socket.send(serializer.serialize(message as never, socket.protocol), () => {});
}

function open(
  server: KernelServer,
  kernelId: string,
  session: string,
  listener: SocketListener,
  protocols: string[],
): Promise<WebSocket> {
  const url = new URL(`api/kernels/${kernelId}/channels?session_id=${session}`, server.url);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url, protocols, {
    headers: authorization(server),
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handshakeTimeout: handshakeMs,
  });
  socket.binaryType = 'arraybuffer';
  const acknowledge = acknowledging(socket);
  socket.on('message', (data, isBinary) => {
    acknowledge();
    try {
      const text = isBinary ? (data as ArrayBuffer) : Buffer.from(data as ArrayBuffer).toString();
      listener.message(serializer.deserialize(text as ArrayBuffer, socket.protocol) as Message);
    } catch (error) {
      listener.unreadable(error);
    }
  });
  return new Promise((resolve, reject) => {
    // Stays for the whole life: an error without a listener would end the agent. What matters is the close that follows.
    socket.on('error', reject);
    const giveUp = () => socket.terminate();
    listener.signal.addEventListener('abort', giveUp);
    socket.once('open', () => {
      listener.signal.removeEventListener('abort', giveUp);
      resolve(socket);
    });
    socket.once('close', () => {
      listener.signal.removeEventListener('abort', giveUp);
      reject(new Error('the connection was closed'));
    });
  });
}

/**
 * Sends a few bytes after what was received. Jupyter's server leaves Nagle's algorithm on: the second of two small messages waits
 * until the first was acknowledged, which Linux puts off for 40 ms, in every cell, unless there is something to send along.
 * A pong that nobody asked for means nothing (RFC 6455, 5.5.3).
 */
function acknowledging(socket: WebSocket): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      if (socket.readyState === WebSocket.OPEN) socket.pong();
    });
  };
}
