import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { startObjectStore } from '../../support/object-store.ts';
import { until } from '../../support/until.ts';
import { startTransfers } from './sending.ts';

test('objects of any size are put into files of a sandbox byte by byte', async (t) => {
  const store = await startObjectStore(t);
  const { agent, fetch: take } = await startTransfers(t, { allowedHosts: [store.host] });
  for (const [key, bytes] of [
    ['empty', Buffer.alloc(0)],
    ['small', Buffer.from('--\r\n--boundary\r\n')],
    ['large', Buffer.alloc(9_000_001, 'content')],
  ] as const) {
    await fetch(store.sign('PUT', key), { method: 'PUT', body: bytes });
    const path = join(agent.dir, 'new directory', `${key} ü.bin`);
    assert.deepEqual(await take({ path, url: store.sign('GET', key) }), { path, size: bytes.length });
    assert.ok(readFileSync(path).equals(bytes), key);
  }
});

test('what the store refuses leaves the file as it was', async (t) => {
  const store = await startObjectStore(t);
  const { agent, fetch: take } = await startTransfers(t, { allowedHosts: [store.host] });
  const path = join(agent.dir, 'file');
  writeFileSync(path, 'old');
  for (const [url, message] of [
    [store.sign('GET', 'missing'), /404: NoSuchKey/],
    [`${store.sign('GET', 'a').slice(0, -4)}0000`, /403: SignatureDoesNotMatch/],
  ] as const)
    await assert.rejects(take({ path, url }), { code: 'STORE_REFUSED', message });
  assert.equal(readFileSync(path, 'utf8'), 'old');
});

test('an object that breaks off leaves the file as it was, and nothing beside it', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/length') response.writeHead(200, { 'content-length': 100_000 });
    response.write('some of it', () => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { agent, fetch: take } = await startTransfers(t, { allowedHosts: [host] });
  const directory = join(agent.dir, 'here');
  mkdirSync(directory);
  const path = join(directory, 'file');
  writeFileSync(path, 'old');
  for (const url of [`http://${host}/length`, `http://${host}/chunked`])
    await assert.rejects(take({ path, url }), { code: 'STORE_UNREACHABLE' });
  await until(() => readdirSync(directory).length === 1, 'nothing is left of what came');
  assert.equal(readFileSync(path, 'utf8'), 'old');
});

test('what can not be written is refused as the agent refuses it', async (t) => {
  const store = await startObjectStore(t);
  const { agent, fetch: take } = await startTransfers(t, { allowedHosts: [store.host] });
  await fetch(store.sign('PUT', 'a'), { method: 'PUT', body: 'x' });
  const url = store.sign('GET', 'a');
  await assert.rejects(take({ path: agent.dir, url }), { code: 'INVALID_FILE' });
  await assert.rejects(take({ path: 'a\0b', url }), { code: 'INVALID_PARAMETER' });
  await assert.rejects(take({ path: join(agent.dir, 'x'), url: 'http://10.0.0.1/' }), {
    code: 'TRANSFER_URL_NOT_ALLOWED',
  });
  assert.equal(existsSync(join(agent.dir, 'x')), false);
});
