import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { ownAddress } from '../control/runtimes/docker/outside.ts';

/** A server of packages on this machine, which installers in containers reach where it is allowed. */
export interface PackageServer {
  /** For `network.allow`. */
  door: string;
  /** Where a file is. */
  url(path: string): string;
  /** What there is, by path. */
  files: Map<string, Buffer>;
  /** Paths that were asked for, in order. */
  asked: string[];
  /** From now on nothing is answered, until `release`. */
  hold(): void;
  release(): void;
}

/** Starts one that ends with the test. */
export async function packageServer(t: TestContext): Promise<PackageServer> {
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  let held: (() => void)[] | undefined;
  const answer = (path: string, response: ServerResponse) => {
    const file = files.get(path);
    response.writeHead(file ? 200 : 404, { 'content-length': file?.length ?? 0 }).end(file);
  };
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.on('error', () => {});
    if (held) held.push(() => answer(url, response));
    else answer(url, response);
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const { port } = server.address() as { port: number };
  const door = `${ownAddress()}:${port}`;
  return {
    door,
    url: (path) => `http://${door}${path}`,
    files,
    asked,
    hold: () => {
      held ??= [];
    },
    release: () => {
      const waiting = held ?? [];
      held = undefined;
      for (const pass of waiting) pass();
    },
  };
}
