import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Proxy {
  url: string;
  /** Breaks off every connection that there is; `listening` or not, new ones can be made again or not. */
  cut(listening?: boolean): Promise<void>;
  /** What the server says from now on, over connections that there are, gets lost. */
  lose(): void;
  /** Listens again. */
  restore(): Promise<void>;
  /** Of all requests that went through: their first lines. */
  requests: string[];
}

/** A line to a server that a test can cut; no WebSocket is ever let through one that `holdsSockets`. */
export async function startProxy(t: TestContext, target: string, holdsSockets = false): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const losing = new WeakSet<Socket>();
  const server = createServer((client) => {
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
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (data) => {
        if (holdsSockets && from === client && data.includes('/channels?')) return;
        if (from === client || !losing.has(behind)) to.write(data);
      });
    }
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  };
  const at = await listen(0);
  const cut = async (listening = true) => {
    const closed = listening ? undefined : new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  t.after(() => cut(!server.listening).then(() => void server.close()));
  return {
    url: `http://127.0.0.1:${at}/`,
    cut,
    lose: () => {
      for (const socket of sockets) losing.add(socket);
    },
    restore: async () => {
      await listen(at);
    },
    requests,
  };
}
