import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A way to a server that can be broken. */
export interface BreakableRelay {
  url: string;
  /** How many connections have come so far. */
  connections: number;
  /** What comes from now on waits until it is said where it leads. */
  hold(): void;
  /** Passes what waits, and what comes from now on, to another server. */
  leadTo(target: string): void;
  /** Breaks every connection that is there; others may come. */
  breakAll(): void;
  /** Breaks every connection; no other comes. */
  breakForGood(): Promise<void>;
}

/** Listens on a port of loopback and passes everything on to a server, until the test's end. */
export async function breakableRelay(t: TestContext, target: string): Promise<BreakableRelay> {
  let lead = Promise.withResolvers<string>();
  lead.resolve(target);
  const open = new Set<Socket>();
  const server = createServer(async (client) => {
    relay.connections++;
    open.add(client);
    client.on('error', () => client.destroy());
    const { hostname, port } = new URL(await lead.promise);
    if (client.destroyed) return;
    const onward = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of open) socket.destroy();
  };
  const breakForGood = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    breakAll();
    await closed;
  };
  t.after(breakForGood);
  const relay: BreakableRelay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 0,
    hold: () => {
      lead = Promise.withResolvers();
    },
    leadTo: (other) => lead.resolve(other),
    breakAll,
    breakForGood,
  };
  return relay;
}
