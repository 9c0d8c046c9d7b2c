import { createServer } from 'node:net';

/**
 * The system gives outgoing connections, and servers that ask for any port, numbers from 32768 up: what lies below can only
 * be taken by somebody who asks for that very number.
 */
const first = 16_384;
const last = 32_767;

/** The next one to try; begins anywhere, since an earlier agent's kernels may still be there. */
let next = first + Math.floor(Math.random() * (last - first + 1));

/**
 * Ports for a kernel: it wants to be told numbers and can't be handed sockets. Each is free at this moment, stays out of the
 * way of whoever doesn't ask for it, and isn't given out again until all others were. @throws Error when all are taken
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = first; ports.length < count; tried++) {
    if (tried > last) throw new Error(`no free port from ${first} to ${last}`);
    const port = next;
    next = port < last ? port + 1 : first;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
