import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { FileInfo } from '../../../shared/api/files.ts';
import { assertProblem, type FileServer, startFiles, user } from './server.ts';

async function list({ get, dir }: FileServer, query: Record<string, string>): Promise<string[]> {
  const response = await get('/directories/list', query);
  assert.equal(response.status, 200);
  return ((await response.json()) as FileInfo[]).map(({ path }) => path.slice(dir.length + 1));
}

test('a listing has the children in byte order, links as links, and not the directory itself', async (t) => {
  const server = await startFiles(t);
  for (const name of ['b', 'B', 'a.txt', 'ä', '.hidden']) writeFileSync(join(server.dir, name), '');
  mkdirSync(join(server.dir, 'a'));
  writeFileSync(join(server.dir, 'a', 'below'), '');
  symlinkSync('a', join(server.dir, 'c'));
  assert.deepEqual(await list(server, { path: server.dir }), ['.hidden', 'B', 'a', 'a.txt', 'b', 'c', 'ä']);
  const infos = (await (await server.get('/directories/list', { path: server.dir })).json()) as FileInfo[];
  assert.equal(infos.find(({ path }) => basename(path) === 'c')?.type, 'symlink');
});

test('a deeper listing puts what is in a directory right after it and does not follow links', async (t) => {
  const server = await startFiles(t);
  mkdirSync(join(server.dir, 'a/b/c/d'), { recursive: true });
  writeFileSync(join(server.dir, 'a/b/file'), '');
  writeFileSync(join(server.dir, 'z'), '');
  symlinkSync('..', join(server.dir, 'a/loop'));
  assert.deepEqual(await list(server, { path: '.', depth: '3' }), ['a', 'a/b', 'a/b/c', 'a/b/file', 'a/loop', 'z']);
  assert.deepEqual(await list(server, { path: '.', depth: '2147483647' }), [
    'a',
    'a/b',
    'a/b/c',
    'a/b/c/d',
    'a/b/file',
    'a/loop',
    'z',
  ]);
  assert.deepEqual(await list(server, { path: '.', depth: '0' }), []);
});

test('a link, a file and a missing directory are not listed', async (t) => {
  const { dir, get } = await startFiles(t);
  symlinkSync(dir, join(dir, 'link'));
  writeFileSync(join(dir, 'file'), '');
  await assertProblem(await get('/directories/list', { path: 'link' }), 400, 'INVALID_FILE');
  await assertProblem(await get('/directories/list', { path: 'file' }), 400, 'INVALID_FILE');
  await assertProblem(await get('/directories/list', { path: 'missing' }), 404, 'FILE_NOT_FOUND');
});

test('names that are not UTF-8 are shown with U+FFFD and do not break a listing', async (t) => {
  const server = await startFiles(t);
  writeFileSync(Buffer.concat([Buffer.from(`${server.dir}/`), Buffer.from([0x61, 0xff, 0xfe])]), 'x');
  mkdirSync(Buffer.concat([Buffer.from(`${server.dir}/`), Buffer.from([0xff])]));
  writeFileSync(Buffer.concat([Buffer.from(`${server.dir}/`), Buffer.from([0xff]), Buffer.from('/in')]), 'x');
  assert.deepEqual(await list(server, { path: '.', depth: '2' }), ['a\uFFFD\uFFFD', '\uFFFD', '\uFFFD/in']);
});

test('a directory that the caller can not read is listed without its content, and refused on its own', async (t) => {
  const server = await startFiles(t, user);
  mkdirSync(join(server.dir, 'closed'));
  writeFileSync(join(server.dir, 'closed/secret'), '');
  chmodSync(join(server.dir, 'closed'), 0o000);
  assert.deepEqual(await list(server, { path: '.', depth: '2' }), ['closed']);
  await assertProblem(await server.get('/directories/list', { path: 'closed' }), 403, 'PERMISSION_DENIED');
  chmodSync(join(server.dir, 'closed'), 0o700);
});
