import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startTransfers } from './sending.ts';

/** More than connections and the programs on the way hold. */
const large = 128 * 1024 * 1024;

/** A store that does as a test says, and the requests that it gets. */
async function startStore(
  t: TestContext,
  listener: RequestListener,
): Promise<{ host: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function makeLarge(path: string): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, large);
  closeSync(file);
  // Long ago: what changes afterwards has another time, however coarse the clock of the file system is.
  utimesSync(path, 1_000_000_000, 1_000_000_000);
}

/** Reads a request to its end. True: all of it came. */
async function readsAll(request: IncomingMessage): Promise<boolean> {
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) bytes += part.length;
  } catch {
    return false;
  }
  return request.complete && bytes === Number(request.headers['content-length']);
}

for (const [how, change] of [
  ['is written to', (path: string) => void overwrite(path)],
  ['grows', (path: string) => appendFileSync(path, 'more')],
  ['shrinks', (path: string) => truncateSync(path, large / 2)],
  ['is removed and made anew', (path: string) => writeFileSync(path, 'another')],
] as const) {
  test(`a file that ${how} while it is sent never is all there for the store`, async (t) => {
    let path = '';
    const whole: boolean[] = [];
    const store = await startStore(t, (request, response) => {
      change(path);
      void readsAll(request).then((isWhole) => {
        whole.push(isWhole);
        if (isWhole) response.end();
      });
    });
    const { agent, send } = await startTransfers(t, { allowedHosts: [store.host] });
    path = join(agent.dir, 'file');
    makeLarge(path);
    await assert.rejects(send({ path, url: `http://${store.host}/a` }), { code: 'FILE_CHANGED' });
    await once(store.requests[0]!, 'close').catch(() => {});
    assert.deepEqual(whole, [false]);
  });
}

function overwrite(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, 'changed', large - 100);
  closeSync(file);
}

test('a redirect is not followed', async (t) => {
  const store = await startStore(t, (request, response) => {
    request.resume();
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const { agent, send } = await startTransfers(t, { allowedHosts: [store.host] });
  writeFileSync(join(agent.dir, 'file'), 'x');
  await assert.rejects(send({ path: join(agent.dir, 'file'), url: `http://${store.host}/a` }), {
    code: 'STORE_REFUSED',
    message: /answered 307: .*not followed/,
  });
  assert.equal(store.requests.length, 1);
});

test('a store that breaks off, and one that nobody reaches, are told as such', async (t) => {
  const store = await startStore(t, (request) => void request.once('data', () => request.socket.destroy()));
  const { agent, send } = await startTransfers(t, { allowedHosts: ['127.0.0.1'] });
  const path = join(agent.dir, 'file');
  makeLarge(path);
  await assert.rejects(send({ path, url: `http://${store.host}/a` }), { code: 'STORE_UNREACHABLE' });
  await assert.rejects(send({ path, url: 'http://127.0.0.1:1/a' }), { code: 'STORE_UNREACHABLE' });
});

test('a store that takes too long is given up, and one whose caller has gone', async (t) => {
  const gone = new AbortController();
  const store = await startStore(t, ({ url }) => {
    if (url === '/gone') gone.abort(new Error('the caller has gone'));
  });
  const { agent, send } = await startTransfers(t, { allowedHosts: [store.host], timeoutSeconds: 2 });
  const path = join(agent.dir, 'file');
  writeFileSync(path, 'x');
  await assert.rejects(send({ path, url: `http://${store.host}/a` }), {
    code: 'STORE_UNREACHABLE',
    message: /longer than 2 s/,
  });
  const patient = await startTransfers(t, { allowedHosts: [store.host] });
  await assert.rejects(patient.send({ path, url: `http://${store.host}/gone` }, gone), /the caller has gone/);
});
