import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertDone, assertEventLoopFree, assertProblem, startFiles } from './server.ts';

test('every occurrence is replaced, and counts are told when asked for', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.writeFileSync(join(dir, 'a'), 'one two one\none');
  fs.writeFileSync(join(dir, 'b'), 'nothing here');
  const response = await post('/files/replace?verbose=true', {
    a: { old: 'one', new: '1' },
    b: { old: 'one', new: '1' },
  });
  assert.deepEqual(await response.json(), { a: { replacedCount: 3 }, b: { replacedCount: 0 } });
  assert.equal(fs.readFileSync(join(dir, 'a'), 'utf8'), '1 two 1\n1');
  await assertDone(await post('/files/replace', { a: { old: '1', new: '' } }));
  assert.equal(fs.readFileSync(join(dir, 'a'), 'utf8'), ' two \n');
});

test('bytes that are not UTF-8 stay, and so do mode and owner; dollar signs mean nothing', async (t) => {
  const { dir, post } = await startFiles(t);
  const odd = Buffer.from([0xff, 0x00, 0xfe]);
  fs.writeFileSync(join(dir, 'file'), Buffer.concat([odd, Buffer.from('äold'), odd]));
  fs.chmodSync(join(dir, 'file'), 0o751);
  if (process.getuid!() === 0) fs.chownSync(join(dir, 'file'), 1, 2);
  await assertDone(await post('/files/replace', { file: { old: 'äold', new: '$&$1$$' } }));
  assert.deepEqual(fs.readFileSync(join(dir, 'file')), Buffer.concat([odd, Buffer.from('$&$1$$'), odd]));
  const { mode, uid, gid } = fs.statSync(join(dir, 'file'));
  assert.equal(mode & 0o7777, 0o751);
  if (process.getuid!() === 0) assert.deepEqual([uid, gid], [1, 2]);
});

test('a file without an occurrence is not written', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'text');
  const before = fs.statSync(join(dir, 'file'));
  await assertDone(await post('/files/replace', { file: { old: 'absent', new: 'x' } }));
  const after = fs.statSync(join(dir, 'file'));
  assert.deepEqual([after.ino, after.ctimeMs], [before.ino, before.ctimeMs]);
});

test('a link’s target is changed, and the link stays', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'old');
  fs.symlinkSync('file', join(dir, 'link'));
  await assertDone(await post('/files/replace', { link: { old: 'old', new: 'new' } }));
  assert.equal(fs.readlinkSync(join(dir, 'link')), 'file');
  assert.equal(fs.readFileSync(join(dir, 'file'), 'utf8'), 'new');
});

test('an empty string, a missing file and a directory are refused', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'text');
  const problem = await assertProblem(
    await post('/files/replace', { file: { old: '', new: 'x' } }),
    400,
    'INVALID_REQUEST_BODY',
  );
  assert.equal(problem.field, 'file.old');
  await assertProblem(await post('/files/replace', { missing: { old: 'a', new: 'x' } }), 404, 'FILE_NOT_FOUND');
  await assertProblem(await post('/files/replace', { '.': { old: 'a', new: 'x' } }), 400, 'INVALID_FILE');
  await assertProblem(await post('/files/replace?verbose=perhaps', {}), 400, 'INVALID_PARAMETER');
});

test('a large file full of occurrences is replaced without holding the event loop', async (t) => {
  const { dir, post } = await startFiles(t);
  const size = 4 * 1024 * 1024;
  fs.writeFileSync(join(dir, 'file'), Buffer.alloc(size, 'x'));
  const replace = () => post('/files/replace?verbose=1', { file: { old: 'x', new: 'yz' } });
  const response = await assertEventLoopFree(replace);
  assert.deepEqual(await response.json(), { file: { replacedCount: size } });
  assert.ok(fs.readFileSync(join(dir, 'file')).equals(Buffer.alloc(2 * size, 'yz')));
});
