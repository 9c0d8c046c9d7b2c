import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertDone, assertProblem, startFiles, user } from './server.ts';

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

test('mode digits read as octal, and 0, null or nothing leaves the mode alone', async (t) => {
  const { dir, post } = await startFiles(t);
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(dir, name), '', { mode: 0o644 });
  await assertDone(await post('/files/permissions', { a: { mode: 755 }, b: { mode: 0 }, c: {}, d: { mode: null } }));
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => modeOf(join(dir, name))),
    [0o755, 0o644, 0o644, 0o644],
  );
  await assertDone(await post('/files/permissions', { a: { mode: 4711, owner: '', group: null } }));
  assert.equal(modeOf(join(dir, 'a')), 0o4711);
});

test('owner and group are taken by name and by number', async (t) => {
  const { dir, post } = await startFiles(t);
  writeFileSync(join(dir, 'file'), '');
  const owner = process.getuid!() === 0 ? { owner: 'daemon', group: '2' } : { owner: String(process.getuid!()) };
  await assertDone(await post('/files/permissions', { file: owner }));
  const expected = process.getuid!() === 0 ? [1, 2] : [process.getuid!(), process.getgid!()];
  const { uid, gid } = statSync(join(dir, 'file'));
  assert.deepEqual([uid, gid], expected);
});

test('a mode that is no octal digits, and a user that does not exist, are refused by name', async (t) => {
  const { dir, post } = await startFiles(t);
  writeFileSync(join(dir, 'file'), '', { mode: 0o644 });
  for (const mode of [789, -1, 1e9, 7.5, '755', Number.MAX_SAFE_INTEGER]) {
    const problem = await assertProblem(
      await post('/files/permissions', { file: { mode } }),
      400,
      'INVALID_REQUEST_BODY',
    );
    assert.equal(problem.field, 'file.mode');
  }
  const problem = await assertProblem(
    await post('/files/permissions', { file: { mode: 600, owner: 'nobody-by-that-name' } }),
    400,
    'INVALID_PARAMETER',
  );
  assert.equal(problem.field, 'file.owner');
  assert.equal(modeOf(join(dir, 'file')), 0o644);
});

test('the mode of a missing file can not be set', async (t) => {
  const { post } = await startFiles(t);
  await assertProblem(await post('/files/permissions', { missing: { mode: 600 } }), 404, 'FILE_NOT_FOUND');
});

test('directories are made with what is missing above them, and only the last gets the mode', async (t) => {
  const { dir, post } = await startFiles(t, user);
  await assertDone(await post('/directories', { 'a/b/c': { mode: 700 }, d: { mode: 0 } }));
  assert.deepEqual([modeOf(join(dir, 'a')), modeOf(join(dir, 'a/b/c'))], [0o755, 0o700]);
  assert.equal(statSync(join(dir, 'a/b')).uid, user.uid);
  assert.ok(statSync(join(dir, 'd')).isDirectory());
});

test('a directory that is there keeps its mode', async (t) => {
  const { dir, post } = await startFiles(t);
  mkdirSync(join(dir, 'there'), { mode: 0o711 });
  await assertDone(await post('/directories', { there: { mode: 777 } }));
  assert.equal(modeOf(join(dir, 'there')), 0o711);
});

test('a file in the way of a directory is an error', async (t) => {
  const { dir, post } = await startFiles(t);
  writeFileSync(join(dir, 'file'), '');
  await assertProblem(await post('/directories', { file: { mode: 755 } }), 409, 'FILE_ALREADY_EXISTS');
  await assertProblem(await post('/directories', { 'file/below': { mode: 755 } }), 400, 'INVALID_FILE');
});
