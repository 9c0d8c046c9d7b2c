import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chdir, cwd } from 'node:process';
import { test } from 'node:test';
import { assertDone, assertProblem, startFiles, user } from './server.ts';

const remove = { method: 'DELETE' };

test('files and links are removed, a missing one is fine, what a link points to stays', async (t) => {
  const { dir, get } = await startFiles(t);
  for (const name of ['a', 'b', 'kept']) writeFileSync(join(dir, name), '');
  symlinkSync('kept', join(dir, 'link'));
  await assertDone(await get('/files', { path: ['a', 'missing', 'b', 'link'] }, remove));
  assert.deepEqual(readdirSync(dir), ['kept']);
});

test('a directory is not removed as a file', async (t) => {
  const { dir, get } = await startFiles(t);
  mkdirSync(join(dir, 'directory'));
  await assertProblem(await get('/files', { path: 'directory' }, remove), 400, 'INVALID_FILE');
  assert.ok(existsSync(join(dir, 'directory')));
});

test('directories are removed with all that is in them, but not what links in them lead to', async (t) => {
  const { dir, get } = await startFiles(t, user);
  mkdirSync(join(dir, 'kept'));
  writeFileSync(join(dir, 'kept/file'), '');
  mkdirSync(join(dir, 'tree/a/b'), { recursive: true });
  for (let index = 0; index < 2500; index += 1) writeFileSync(join(dir, `tree/a/${index}`), '');
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/tree/a/b/`), Buffer.from([0xff])]), '');
  symlinkSync(join(dir, 'kept'), join(dir, 'tree/link'));
  symlinkSync(join(dir, 'kept'), join(dir, 'link'));
  chownAll(dir);
  await assertDone(await get('/directories', { path: ['tree', 'missing', 'link', 'missing/below'] }, remove));
  assert.deepEqual(readdirSync(dir), ['kept']);
  assert.ok(existsSync(join(dir, 'kept/file')));
});

test('a tree deeper than any path can name is removed', async (t) => {
  const { dir, get } = await startFiles(t);
  const before = cwd();
  t.after(() => chdir(before));
  chdir(dir);
  // Each step is relative: the whole path is five times what Linux takes.
  for (let level = 0; level < 400; level += 1) {
    mkdirSync('d'.repeat(50));
    chdir('d'.repeat(50));
  }
  writeFileSync('file', '');
  chdir(before);
  await assertDone(await get('/directories', { path: 'd'.repeat(50) }, remove));
  assert.deepEqual(readdirSync(dir), []);
});

test('what can be removed is, and the error names the first thing that can not', async (t) => {
  const { dir, get } = await startFiles(t, user);
  mkdirSync(join(dir, 'tree/locked'), { recursive: true });
  writeFileSync(join(dir, 'tree/locked/file'), '');
  writeFileSync(join(dir, 'tree/open'), '');
  chownAll(dir);
  chmodSync(join(dir, 'tree/locked'), 0o500);
  const problem = await assertProblem(await get('/directories', { path: 'tree' }, remove), 403, 'PERMISSION_DENIED');
  assert.match(problem.message, /tree\/locked\/file/);
  assert.deepEqual(readdirSync(join(dir, 'tree')), ['locked']);
  chmodSync(join(dir, 'tree/locked'), 0o700);
});

test('neither the root nor the agent’s own directory is removed, however it is named', async (t) => {
  const { dir, get } = await startFiles(t);
  mkdirSync(join(dir, 'agent/pack'), { recursive: true });
  symlinkSync(dir, join(dir, 'around'));
  for (const path of ['/', '//', '/usr/..', '/proc/self/root', 'agent', './agent/', 'agent/pack', 'around/agent']) {
    await assertProblem(await get('/directories', { path }, remove), 403, 'PERMISSION_DENIED');
  }
  assert.ok(existsSync(join(dir, 'agent/pack')));
});

/** Gives everything to the user that the server acts as; without root it belongs to them anyway. */
function chownAll(dir: string): void {
  if (process.getuid!() !== 0) return;
  assert.equal(spawnSync('chown', ['-Rh', `${user.uid}:${user.gid}`, dir]).status, 0);
}
