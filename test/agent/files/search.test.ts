import assert from 'node:assert/strict';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileInfo } from '../../../shared/api/files.ts';
import { until } from '../../support/until.ts';
import { assertEventLoopFree, assertProblem, type FileServer, openBelow, startFiles } from './server.ts';

async function search({ get, dir }: FileServer, query: Record<string, string>): Promise<string[]> {
  const response = await get('/files/search', query);
  assert.equal(response.status, 200);
  const infos = (await response.json()) as FileInfo[];
  return infos.map(({ path }) => path.slice(dir.length + 1)).sort();
}

test('a search matches base names below a directory, finds files and links, and follows none', async (t) => {
  const server = await startFiles(t);
  mkdirSync(join(server.dir, 'src/deep.ts/er'), { recursive: true });
  for (const name of ['a.ts', 'src/b.ts', 'src/deep.ts/c.js', 'src/deep.ts/er/.d.ts', 'e.TS']) {
    writeFileSync(join(server.dir, name), '');
  }
  symlinkSync('..', join(server.dir, 'src/loop.ts'));
  const all = ['a.ts', 'e.TS', 'src/b.ts', 'src/deep.ts/c.js', 'src/deep.ts/er/.d.ts', 'src/loop.ts'];
  assert.deepEqual(await search(server, { path: '.' }), all);
  assert.deepEqual(await search(server, { path: '.', pattern: '' }), all);
  const typescript = ['a.ts', 'src/b.ts', 'src/deep.ts/er/.d.ts', 'src/loop.ts'];
  assert.deepEqual(await search(server, { path: '.', pattern: '*.ts' }), typescript);
  assert.deepEqual(await search(server, { path: '.', pattern: '?.{ts,js}' }), ['a.ts', 'src/b.ts', 'src/deep.ts/c.js']);
  assert.deepEqual(await search(server, { path: '.', pattern: '!(*.ts)' }), ['e.TS', 'src/deep.ts/c.js']);
  assert.deepEqual(await search(server, { path: '.', pattern: '[!a-b].*' }), ['e.TS', 'src/deep.ts/c.js']);
  assert.deepEqual(await search(server, { path: '.', pattern: 'src/*.ts' }), []);
  assert.deepEqual(await search(server, { path: 'a.ts' }), ['a.ts']);
});

test('a search where there is nothing is 404, before any result', async (t) => {
  const { get } = await startFiles(t);
  const problem = await assertProblem(await get('/files/search', { path: 'missing' }), 404, 'FILE_NOT_FOUND');
  assert.equal(problem.field, 'path');
});

test('a pattern that would match for ever is refused', async (t) => {
  const { dir, get } = await startFiles(t);
  writeFileSync(join(dir, 'a'.repeat(250)), '');
  const response = await get('/files/search', { path: '.', pattern: '*a*a*a*a*a*a*a*a*b' });
  assert.equal((await assertProblem(response, 400, 'INVALID_PARAMETER')).field, 'pattern');
});

test('a pattern that is too long is refused', async (t) => {
  const { get } = await startFiles(t);
  const response = await get('/files/search', { path: '.', pattern: '*'.repeat(5000) });
  assert.equal((await assertProblem(response, 400, 'INVALID_PARAMETER')).field, 'pattern');
});

test('a search over 100,000 files leaves the event loop free, and ends when its reader goes away', async (t) => {
  const server = await startFiles(t);
  // In memory, where making that many takes little time.
  const forest = mkdtempSync('/dev/shm/cubby-search-');
  t.after(() => rmSync(forest, { recursive: true, force: true }));
  for (let tree = 0; tree < 10; tree += 1) {
    mkdirSync(join(forest, `tree-${tree}`));
    for (let leaf = 0; leaf < 10_000; leaf += 1)
      closeSync(openSync(join(forest, `tree-${tree}`, `leaf-${leaf}`), 'wx'));
  }

  assert.equal(await assertEventLoopFree(() => countResults(server.port, forest)), 100_000);

  const response = await new Promise<IncomingMessage>((resolve) => {
    httpGet(`http://127.0.0.1:${server.port}/files/search?path=${forest}`, resolve).on('error', () => {});
  });
  response.on('error', () => {}).destroy();
  await until(() => openBelow(forest).length === 0, 'the search has closed its directories');
});

/** Counts without parsing, which would hold the event loop itself. */
async function countResults(port: number, path: string): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpGet(`http://127.0.0.1:${port}/files/search?path=${path}`, resolve).on('error', reject);
  });
  let results = 0;
  for await (const chunk of response) for (const byte of chunk as Buffer) if (byte === 0x7b) results += 1;
  return results;
}
