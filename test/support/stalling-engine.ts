import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { engineSocket } from './engine.ts';

/** A socket that leads to the real engine, until it is told to hang. */
export interface StallingEngine {
  socket: string;
  /** From now on a request whose first line matches gets no answer; the engine never hears of it. */
  stall(requests: RegExp): void;
  /** From now on a request whose first line matches is answered with an error, and the engine never hears of it. */
  refuse(requests: RegExp): void;
  /** The next request whose first line matches is answered as if it had been done, and the engine never hears of it. */
  pretend(requests: RegExp): void;
  /** From now on requests get through again. Those that hung go on hanging, as with an engine that was replaced. */
  resume(): void;
  /** From now on a request whose first line matches waits until `release`. */
  hold(requests: RegExp): void;
  /** How many wait. */
  readonly held: number;
  /** Lets those that wait, and all others, get through. */
  release(): void;
}

const refused = JSON.stringify({ message: 'not today' });
const refusal = [
  'HTTP/1.1 500 Internal Server Error',
  'Content-Type: application/json',
  `Content-Length: ${refused.length}`,
  'Connection: close',
  `\r\n${refused}`,
].join('\r\n');

const done = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n';

/** An engine that hangs when a test wants it to. Closed with the test. */
export async function stallingEngine(t: TestContext): Promise<StallingEngine> {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-engine-'));
  const socket = join(dir, 'docker.sock');
  const open = new Set<Socket>();
  let hangs: RegExp | undefined;
  let holds: RegExp | undefined;
  let refuses: RegExp | undefined;
  let pretends: RegExp | undefined;
  let waiting: (() => void)[] = [];
  // Control uses a connection for each request, so the first bytes say what it is.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    client.once('data', (first) => {
      const request = first.toString('latin1').split('\r\n', 1)[0]!;
      if (hangs?.test(request)) return;
      if (refuses?.test(request)) return client.end(refusal);
      if (pretends?.test(request)) {
        pretends = undefined;
        return client.end(done);
      }
      const pass = () => {
        const engine = connect({ path: engineSocket, allowHalfOpen: true });
        keep(engine);
        engine.write(first);
        client.pipe(engine).pipe(client);
        client.once('close', () => engine.destroy());
        engine.once('close', () => client.destroy());
      };
      if (!holds?.test(request)) return pass();
      client.pause();
      waiting.push(pass);
    });
  });
  const keep = (one: Socket) => {
    open.add(one);
    one.on('error', () => {}).once('close', () => open.delete(one));
  };
  server.listen(socket);
  await once(server, 'listening');
  t.after(async () => {
    for (const one of open) one.destroy();
    await new Promise((done) => server.close(done));
    rmSync(dir, { recursive: true });
  });
  return {
    socket,
    stall: (requests) => {
      hangs = requests;
    },
    refuse: (requests) => {
      refuses = requests;
    },
    pretend: (requests) => {
      pretends = requests;
    },
    resume: () => {
      hangs = undefined;
      refuses = undefined;
    },
    hold: (requests) => {
      holds = requests;
    },
    get held() {
      return waiting.length;
    },
    release: () => {
      holds = undefined;
      for (const pass of waiting) pass();
      waiting = [];
    },
  };
}
