import { Agent, type ClientRequestArgs } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Makes one connection, or fails with the reason. */
export type Connect = () => Promise<Socket>;

/** `createConnection` as node:http wants it: the connection comes by callback. */
export function creating(connect: Connect) {
  return (_: ClientRequestArgs, done?: (error: Error | null, socket: Duplex) => void): undefined => {
    connect().then(
      (socket) => done?.(null, socket),
      // There is no socket beside an error; the type does not say so.
      (error: Error) => (done as ((error: Error) => void) | undefined)?.(error),
    );
  };
}

/**
 * Connections to one receiver that are kept and used again. `idleMs` has to be less than the receiver's own keep-alive time,
 * so that a request never meets a connection that is just being closed. End with `destroy()`.
 */
export class ConnectionPool extends Agent {
  constructor(connect: Connect, { idleMs = 20_000, idle = 16 }: { idleMs?: number; idle?: number } = {}) {
    // The last one used is the one most surely alive.
    super({ keepAlive: true, timeout: idleMs, maxFreeSockets: idle, scheduling: 'lifo' });
    this.createConnection = creating(connect);
  }
}
