import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../support/until.ts';
import { assertProblem, openBelow, startFiles } from './server.ts';

const route = '/files/download';

test('a file comes whole, with its length and a name to save it under', async (t) => {
  const { dir, get } = await startFiles(t);
  const content = randomBytes(3 * 1024 * 1024 + 7);
  fs.writeFileSync(join(dir, 'file.bin'), content);
  const response = await get(route, { path: 'file.bin' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  assert.equal(response.headers.get('content-length'), String(content.length));
  assert.equal(response.headers.get('content-disposition'), 'attachment; filename="file.bin"');
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), content);
});

test('an empty file is an empty answer, and one of /proc, which says that it is empty, is not', async (t) => {
  const { dir, get } = await startFiles(t);
  fs.writeFileSync(join(dir, 'empty'), '');
  const empty = await get(route, { path: 'empty' });
  assert.deepEqual([await empty.text(), empty.headers.get('content-length')], ['', '0']);
  const version = await get(route, { path: '/proc/version' });
  assert.equal(await version.text(), fs.readFileSync('/proc/version', 'utf8'));
});

test('names that ASCII can not say are encoded, and no name breaks the header', async (t) => {
  const { dir, get } = await startFiles(t);
  const names: [string, string][] = [
    ['naïve 日本.txt', `attachment; filename="na_ve __.txt"; filename*=UTF-8''na%C3%AFve%20%E6%97%A5%E6%9C%AC.txt`],
    ['a"b\\c%41', `attachment; filename="a_b_c_41"; filename*=UTF-8''a%22b%5Cc%2541`],
    ['a\r\nSet-Cookie: x', `attachment; filename="a__Set-Cookie: x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x`],
    ["it's (1)*!", `attachment; filename="it's (1)*!"`],
  ];
  for (const [name, header] of names) {
    fs.writeFileSync(join(dir, name), 'x');
    const response = await get(route, { path: name });
    assert.deepEqual([response.status, await response.text()], [200, 'x']);
    assert.equal(response.headers.get('content-disposition'), header);
  }
});

test('a range of bytes comes with 206: from the start, the end, open, the first of several', async (t) => {
  const { dir, get } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), '0123456789');
  const ranges: [string, string, string][] = [
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=5-', '56789', 'bytes 5-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99999999999999999999999', '89', 'bytes 8-9/10'],
    ['bytes=1-1, 3-5', '1', 'bytes 1-1/10'],
    ['bytes=20-30,2-3', '23', 'bytes 2-3/10'],
  ];
  for (const [range, text, contentRange] of ranges) {
    const response = await get(route, { path: 'file' }, { headers: { range } });
    assert.deepEqual([response.status, await response.text()], [206, text], range);
    assert.equal(response.headers.get('content-range'), contentRange);
    assert.equal(response.headers.get('content-length'), String(text.length));
  }
  const whole = await get(route, { path: 'file' }, { headers: { range: 'bytes=0-3', 'if-range': '"tag"' } });
  assert.deepEqual([whole.status, await whole.text()], [200, '0123456789']);
});

test('a range that the file does not have is 416 with its size', async (t) => {
  const { dir, get } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), '0123456789');
  fs.writeFileSync(join(dir, 'empty'), '');
  for (const range of [
    'bytes=10-',
    'bytes=-0',
    'bytes=5-2',
    'bytes=x-y',
    'bytes=',
    'lines=1-2',
    'bytes=1e1-',
    'bytes=--1',
  ]) {
    const response = await get(route, { path: 'file' }, { headers: { range } });
    await assertProblem(response, 416, 'RANGE_NOT_SATISFIABLE');
    assert.equal(response.headers.get('content-range'), 'bytes */10', range);
  }
  await assertProblem(
    await get(route, { path: 'empty' }, { headers: { range: 'bytes=0-' } }),
    416,
    'RANGE_NOT_SATISFIABLE',
  );
});

test('lines come as text, joined by newlines and without the last one', async (t) => {
  const { dir, get } = await startFiles(t);
  const long = 'x'.repeat(300_000);
  fs.writeFileSync(join(dir, 'file'), `one\ntwo\r\n\n${long}\nfive\n\n`);
  fs.writeFileSync(join(dir, 'open'), 'one\ntwo');
  fs.writeFileSync(join(dir, 'empty'), '');
  const cases: [string, Record<string, string>, string][] = [
    ['file', { offset: '1', limit: '2' }, 'one\ntwo\r'],
    ['file', { limit: '1' }, 'one'],
    ['file', { offset: '3', limit: '1' }, ''],
    ['file', { offset: '4', limit: '1' }, long],
    ['file', { offset: '3', limit: '3' }, `\n${long}\nfive`],
    ['file', { offset: '5' }, 'five\n'],
    ['file', { offset: '7' }, ''],
    ['file', { offset: '9007199254740991', limit: '9007199254740991' }, ''],
    ['open', { offset: '2' }, 'two'],
    ['open', { offset: '1', limit: '99' }, 'one\ntwo'],
    ['empty', { offset: '1' }, ''],
  ];
  for (const [path, query, text] of cases) {
    const response = await get(route, { path, ...query });
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal(await response.text(), text, JSON.stringify(query));
  }
});

test('lines and a range exclude each other, and line numbers are whole and positive', async (t) => {
  const { dir, get } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'text');
  const both = await get(route, { path: 'file', limit: '1' }, { headers: { range: 'bytes=0-1' } });
  assert.equal((await assertProblem(both, 400, 'INVALID_PARAMETER')).field, 'range');
  for (const offset of ['0', '-1', '1.5', '1e3', '', ' 1', 'NaN', '99999999999999999999', 'Infinity']) {
    const response = await get(route, { path: 'file', offset });
    assert.equal((await assertProblem(response, 400, 'INVALID_PARAMETER')).field, 'offset', offset);
  }
});

test('what is not a regular file is refused at once', async (t) => {
  const { dir, get } = await startFiles(t);
  assert.equal(spawnSync('mkfifo', [join(dir, 'pipe')]).status, 0);
  const socket = createServer().listen(join(dir, 'socket'));
  t.after(() => socket.close());
  await once(socket, 'listening');
  for (const path of ['pipe', 'socket', '.', '/dev/zero']) {
    await assertProblem(await get(route, { path }), 400, 'INVALID_FILE');
    await assertProblem(await get(route, { path, offset: '1' }), 400, 'INVALID_FILE');
  }
  await assertProblem(await get(route, { path: 'missing' }), 404, 'FILE_NOT_FOUND');
});

test('HEAD tells the length and sends nothing', async (t) => {
  const { dir, get } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'text');
  const response = await get(route, { path: 'file' }, { method: 'HEAD' });
  assert.deepEqual([response.status, response.headers.get('content-length'), await response.text()], [200, '4', '']);
});

test('a file that becomes shorter while it is sent ends the connection', async (t) => {
  const { dir, port } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), '');
  fs.truncateSync(join(dir, 'file'), 256 * 1024 * 1024);
  const response = await open(port, 'file');
  await once(response, 'readable');
  fs.truncateSync(join(dir, 'file'), 1024);
  await assert.rejects(async () => {
    for await (const _ of response);
  }, /aborted/);
});

test('a reader that goes away leaves no file open, however it read', async (t) => {
  const { dir, port } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'line\n');
  fs.truncateSync(join(dir, 'file'), 256 * 1024 * 1024);
  for (const more of ['', '&limit=2', '&offset=2']) {
    const response = await open(port, `file${more}`);
    await once(response, 'readable');
    response.on('error', () => {}).destroy();
    await until(() => openBelow(dir).length === 0, `nothing is open after file${more}`);
  }
});

function open(port: number, pathAndMore: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpGet(`http://127.0.0.1:${port}${route}?path=${pathAndMore}`, { agent: false }, resolve).on('error', reject);
  });
}
