import assert from 'node:assert/strict';
import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileInfo } from '../../../shared/api/files.ts';
import { assertProblem, startFiles } from './server.ts';

test('info names each file as it was asked for and tells what it is', async (t) => {
  const { dir, get } = await startFiles(t);
  writeFileSync(join(dir, 'file'), 'hello');
  chmodSync(join(dir, 'file'), 0o4640);
  utimesSync(join(dir, 'file'), 1_700_000_000, 1_700_000_000);
  mkdirSync(join(dir, 'directory'));
  symlinkSync('/nowhere', join(dir, 'link'));
  const response = await get('/files/info', { path: [join(dir, 'file'), 'directory', './link', '/dev/null'] });
  assert.equal(response.status, 200);
  const infos = (await response.json()) as Record<string, FileInfo>;
  for (const info of Object.values(infos)) FileInfo.parse(info);
  const file = infos[join(dir, 'file')]!;
  assert.deepEqual([file.type, file.size, file.mode], ['file', 5, 4640]);
  assert.equal(file.modified_at, '2023-11-14T22:13:20.000Z');
  assert.equal(infos.directory?.type, 'directory');
  assert.equal(infos.directory?.path, join(dir, 'directory'));
  assert.equal(infos['./link']?.type, 'symlink');
  assert.equal(infos['/dev/null']?.type, 'other');
  assert.equal(infos['/dev/null']?.owner, 'root');
});

test('info of a missing file is 404 and names it', async (t) => {
  const { dir, get } = await startFiles(t);
  const problem = await assertProblem(await get('/files/info', { path: [dir, 'missing'] }), 404, 'FILE_NOT_FOUND');
  assert.equal(problem.field, 'path[1]');
  assert.match(problem.message, /missing/);
});

test('info of no files at all is empty, as in an SDK call with an empty list', async (t) => {
  const { fetch } = await startFiles(t);
  assert.deepEqual(await (await fetch('/files/info')).json(), {});
});

test('a time that RFC 3339 can not say does not break the answer', async (t) => {
  const { dir, get } = await startFiles(t);
  writeFileSync(join(dir, 'future'), '');
  symlinkSync('x', join(dir, 'past'));
  utimesSync(join(dir, 'future'), 1e12, 1e12);
  lutimesSync(join(dir, 'past'), -1e12, -1e12);
  const infos = (await (await get('/files/info', { path: ['future', 'past'] })).json()) as Record<string, FileInfo>;
  assert.match(infos.future!.modified_at, /^\d{4}-\d\d-\d\dT/);
  assert.match(infos.past!.modified_at, /^\d{4}-\d\d-\d\dT/);
});
