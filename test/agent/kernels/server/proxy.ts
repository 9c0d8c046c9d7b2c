import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Proxy {
  url: string;
  /** Breaks off every connection that there is, and lets new ones be made again, breaks them off too, or has them wait. */
  cut(next?: 'open' | 'closed' | 'held'): Promise<void>;
  /** What the server says from now on, over connections that there are, gets lost. */
  lose(): void;
  /** What got lost, as text where it is text. */
  lost(): string;
  /** How many new connections wait. */
  held(): number;
  /** Lets new connections be made again, and those that wait. */
  restore(): void;
  /** Of all requests that went through: their first lines. */
  requests: string[];
}

/** A line to a server that a test can cut; no WebSocket is ever let through one that `holdsSockets`. */
export async function startProxy(t: TestContext, target: string, holdsSockets = false): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const losing = new WeakSet<Socket>();
  const waiting = new Set<Socket>();
  let lost = '';
  let next: 'open' | 'closed' | 'held' = 'open';
  const pass = (client: Socket) => {
    const behind = connect(Number(port), hostname);
    client.on('data', (data) => {
      const [line = ''] = data.toString('latin1').split('\r\n', 1);
      if (line.endsWith('HTTP/1.1')) requests.push(line);
    });
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (data) => {
        if (holdsSockets && from === client && data.includes('/channels?')) return;
        if (losing.has(from)) lost += data.toString('latin1');
        else to.write(data);
      });
    }
    behind.on('error', () => {});
  };
  // It listens all the time: somebody else might take the port meanwhile.
  const server = createServer((client) => {
    client.on('error', () => {});
    if (next === 'open') pass(client);
    else if (next === 'closed') client.destroy();
    else {
      waiting.add(client);
      client.once('close', () => waiting.delete(client));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = async (then: typeof next = 'open') => {
    next = then;
    const closed = [...sockets].map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  t.after(async () => {
    for (const client of waiting) client.destroy();
    await cut('closed');
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`,
    cut,
    lose: () => {
      for (const socket of sockets) if (socket.remotePort === Number(port)) losing.add(socket);
    },
    lost: () => lost,
    held: () => waiting.size,
    restore: () => {
      next = 'open';
      for (const client of waiting) pass(client);
      waiting.clear();
    },
    requests,
  };
}
