import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startObjectStore } from '../../support/object-store.ts';
import { startTransfers } from './sending.ts';

const mib = 1024 * 1024;

test('files of any size and name arrive in a real S3 server byte by byte', async (t) => {
  const store = await startObjectStore(t);
  const { agent, send } = await startTransfers(t, { allowedHosts: [store.host] });
  for (const [name, bytes, mimeType] of [
    ['empty.txt', Buffer.alloc(0), 'text/plain'],
    ['one', Buffer.from('1'), 'text/plain'],
    ['bericht über 100 %.csv', Buffer.from('ä;ö\n'), 'text/csv'],
    ['just-below.bin', Buffer.alloc(mib - 1), 'application/octet-stream'],
    ['large.zip', createLarge(), 'application/zip'],
  ] as const) {
    writeFileSync(join(agent.dir, name), bytes);
    const key = `some/where/${createHash('sha256').update(name).digest('hex')}`;
    const { etag, ...sent } = await send({ path: name, cwd: agent.dir, url: store.sign('PUT', key) });
    assert.deepEqual(sent, {
      filename: name,
      path: join(agent.dir, name),
      size: bytes.length,
      mimeType,
    });
    const md5 = createHash('md5').update(bytes).digest('hex');
    assert.equal(etag, `"${md5}"`);
    const stored = (await store.get(key))!;
    assert.equal(stored.headers.get('content-type'), mimeType);
    assert.ok(Buffer.from(await stored.arrayBuffer()).equals(bytes), name);
  }
});

test('header fields that were signed are sent along', async (t) => {
  const store = await startObjectStore(t);
  const { agent, send } = await startTransfers(t, { allowedHosts: [store.host] });
  writeFileSync(join(agent.dir, 'a.txt'), 'hello');
  const headers = { 'Content-Type': 'text/x-own', 'x-amz-meta-by': 'ada' };
  const path = join(agent.dir, 'a.txt');
  await send({ path, url: store.sign('PUT', 'a', { headers }), headers: { ...headers, Host: 'elsewhere' } });
  const stored = (await store.get('a'))!;
  assert.deepEqual(
    [stored.headers.get('content-type'), stored.headers.get('x-amz-meta-by'), await stored.text()],
    ['text/x-own', 'ada', 'hello'],
  );
  await assert.rejects(send({ path, url: store.sign('PUT', 'b', { headers }) }), { code: 'STORE_REFUSED' });
});

test('what the store refuses is told with its status and its words, and nothing is stored', async (t) => {
  const store = await startObjectStore(t);
  const { agent, send } = await startTransfers(t, { allowedHosts: [store.host] });
  const right = store.sign('PUT', 'a');
  for (const name of ['small', 'large']) {
    const path = join(agent.dir, name);
    writeFileSync(path, name === 'small' ? 'x' : createLarge());
    for (const [url, status, words] of [
      [`${right.slice(0, -4)}0000`, 403, /SignatureDoesNotMatch/],
      [right.replace('/files/a?', '/files/b?'), 403, /SignatureDoesNotMatch/],
      [store.sign('GET', 'a'), 403, /SignatureDoesNotMatch/],
      [right.replace('/files/', '/nowhere/'), 403, /./],
      [`http://${store.host}/files/a`, 403, /AccessDenied/],
    ] as const) {
      await assert.rejects(send({ path, url }), (error: Error & { code: string }) => {
        // A connection that is closed with much unread takes the answer with it, as the case may be.
        if (name === 'large' && error.code === 'STORE_UNREACHABLE')
          return /broke the connection off/.test(error.message);
        assert.equal(error.code, 'STORE_REFUSED', error.message);
        assert.ok(error.message.startsWith(`${store.host} answered ${status}: `), error.message);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /X-Amz-Signature=/);
        return true;
      });
    }
  }
  assert.equal(await store.get('a'), undefined);
});

test('what is no file that can be read is refused as the agent refuses it', async (t) => {
  const store = await startObjectStore(t);
  const { agent, send } = await startTransfers(t, { allowedHosts: [store.host] });
  mkdirSync(join(agent.dir, 'directory'));
  symlinkSync('missing', join(agent.dir, 'dangling'));
  for (const [path, code] of [
    ['missing', 'FILE_NOT_FOUND'],
    ['dangling', 'FILE_NOT_FOUND'],
    ['directory', 'INVALID_FILE'],
    ['/proc/self/status', 'INVALID_FILE'],
    ['a\0b', 'INVALID_PARAMETER'],
    ['', 'INVALID_REQUEST_BODY'],
  ] as const) {
    await assert.rejects(send({ path, cwd: agent.dir, url: store.sign('PUT', 'a') }), { code }, path);
  }
  writeFileSync(join(agent.dir, 'file'), 'x');
  const url = store.sign('PUT', 'a');
  for (const headers of [{ 'a b': 'x' }, { a: 'x\r\nb: y' }] as Record<string, string>[])
    await assert.rejects(send({ path: 'file', cwd: agent.dir, url, headers }), { code: 'INVALID_REQUEST_BODY' });
  assert.equal(await store.get('a'), undefined);
});

/** Some MiB that are not all the same. */
function createLarge(): Buffer {
  const bytes = Buffer.alloc(9 * mib + 12_345);
  for (let at = 0; at < bytes.length - 4; at += 1024) bytes.writeUInt32LE(at, at);
  return bytes;
}
