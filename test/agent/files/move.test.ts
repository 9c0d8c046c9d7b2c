import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertDone, assertProblem, startFiles, unfinishedIn } from './server.ts';

test('files and directories are moved, and what is missing above the destination is made', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.writeFileSync(join(dir, 'a'), 'content');
  fs.mkdirSync(join(dir, 'directory'));
  await assertDone(
    await post('/files/mv', [
      { src: 'a', dest: 'new/place/b' },
      { src: 'directory', dest: join(dir, 'renamed') },
    ]),
  );
  assert.equal(fs.readFileSync(join(dir, 'new/place/b'), 'utf8'), 'content');
  assert.deepEqual(fs.readdirSync(dir).sort(), ['new', 'renamed']);
});

test('nothing is moved over something, not even a dangling link', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.writeFileSync(join(dir, 'a'), 'a');
  fs.writeFileSync(join(dir, 'b'), 'b');
  fs.symlinkSync('nowhere', join(dir, 'link'));
  for (const dest of ['b', 'link', 'a']) {
    const problem = await assertProblem(await post('/files/mv', [{ src: 'a', dest }]), 409, 'FILE_ALREADY_EXISTS');
    assert.equal(problem.field, '0.dest');
  }
  assert.equal(fs.readFileSync(join(dir, 'b'), 'utf8'), 'b');
});

test('a missing source is 404, a directory into itself is refused', async (t) => {
  const { dir, post } = await startFiles(t);
  fs.mkdirSync(join(dir, 'directory'));
  const problem = await assertProblem(await post('/files/mv', [{ src: 'missing', dest: 'x' }]), 404, 'FILE_NOT_FOUND');
  assert.equal(problem.field, '0.src');
  await assertProblem(await post('/files/mv', [{ src: 'directory', dest: 'directory/in/it' }]), 400, 'INVALID_FILE');
});

test('a tree is moved to another file system with its modes, times, links and odd names', async (t) => {
  const { dir, post } = await startFiles(t);
  const elsewhere = otherFileSystem(t, dir);
  fs.mkdirSync(join(dir, 'tree/sub'), { recursive: true });
  const content = Buffer.alloc(3 * 1024 * 1024, 'x');
  fs.writeFileSync(join(dir, 'tree/sub/file'), content);
  fs.utimesSync(join(dir, 'tree/sub/file'), 1_600_000_000, 1_600_000_000);
  fs.chmodSync(join(dir, 'tree/sub/file'), 0o640);
  fs.chmodSync(join(dir, 'tree/sub'), 0o750);
  fs.symlinkSync('sub/file', join(dir, 'tree/link'));
  fs.writeFileSync(Buffer.concat([Buffer.from(`${dir}/tree/`), Buffer.from([0xff])]), 'odd');
  await assertDone(await post('/files/mv', [{ src: 'tree', dest: join(elsewhere, 'in/tree') }]));
  assert.deepEqual(fs.readdirSync(dir), []);
  const moved = join(elsewhere, 'in/tree');
  assert.deepEqual(fs.readFileSync(join(moved, 'sub/file')), content);
  const { mode, mtimeMs } = fs.statSync(join(moved, 'sub/file'));
  assert.deepEqual([mode & 0o7777, mtimeMs], [0o640, 1_600_000_000_000]);
  assert.equal(fs.statSync(join(moved, 'sub')).mode & 0o7777, 0o750);
  assert.equal(fs.readlinkSync(join(moved, 'link')), 'sub/file');
  assert.deepEqual(fs.readdirSync(moved, 'latin1').sort(), ['link', 'sub', '\xff']);
});

test('a tree that can not be copied whole stays where it was, and nothing of it is left at the destination', async (t) => {
  const { dir, post } = await startFiles(t);
  const elsewhere = otherFileSystem(t, dir);
  fs.mkdirSync(join(dir, 'tree'));
  fs.writeFileSync(join(dir, 'tree/file'), 'content');
  assert.equal(spawnSync('mkfifo', [join(dir, 'tree/pipe')]).status, 0);
  await assertProblem(await post('/files/mv', [{ src: 'tree', dest: join(elsewhere, 'tree') }]), 400, 'INVALID_FILE');
  assert.deepEqual(fs.readdirSync(join(dir, 'tree')).sort(), ['file', 'pipe']);
  assert.deepEqual(fs.readdirSync(elsewhere), []);
  assert.deepEqual(unfinishedIn(elsewhere), []);
});

function otherFileSystem(t: { after(done: () => void): void }, dir: string): string {
  const elsewhere = fs.mkdtempSync('/dev/shm/cubby-move-');
  t.after(() => fs.rmSync(elsewhere, { recursive: true, force: true }));
  assert.notEqual(fs.statSync(elsewhere).dev, fs.statSync(dir).dev);
  return elsewhere;
}
