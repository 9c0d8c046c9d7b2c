import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertDone, assertProblem, startFiles, user } from './server.ts';

/** A file that the caller may not read or write, and a directory that it may not write to. */
function forbidden(dir: string): { secret: string; closed: string } {
  if (process.getuid!() !== 0) return { secret: '/etc/shadow', closed: '/etc' };
  const closed = join(dir, 'of-root');
  fs.mkdirSync(closed, { mode: 0o755 });
  const secret = join(closed, 'secret');
  fs.writeFileSync(secret, 'secret', { mode: 0o600 });
  return { secret, closed };
}

test('a file of root’s is not read, written, changed or moved by somebody else, by name or through a planted link', async (t) => {
  const { dir, get, post, upload } = await startFiles(t, user);
  const { secret } = forbidden(dir);
  fs.symlinkSync(secret, join(dir, 'link'));
  fs.symlinkSync('/etc/shadow', join(dir, 'shadow'));
  for (const path of [secret, 'link', 'shadow', '/etc/shadow']) {
    await assertProblem(await get('/files/download', { path }), 403, 'PERMISSION_DENIED');
    await assertProblem(await get('/files/download', { path, limit: '1' }), 403, 'PERMISSION_DENIED');
    await assertProblem(await upload({ path }, 'mine'), 403, 'PERMISSION_DENIED');
    await assertProblem(await post('/files/replace', { [path]: { old: 'e', new: '' } }), 403, 'PERMISSION_DENIED');
    await assertProblem(await post('/files/permissions', { [path]: { mode: 777 } }), 403, 'PERMISSION_DENIED');
  }
  await assertProblem(await post('/files/mv', [{ src: secret, dest: 'mine' }]), 403, 'PERMISSION_DENIED');
  await assertProblem(await get('/files', { path: secret }, { method: 'DELETE' }), 403, 'PERMISSION_DENIED');
  await assertProblem(await get('/directories', { path: secret }, { method: 'DELETE' }), 403, 'PERMISSION_DENIED');
  assert.ok(fs.existsSync(secret));
});

test('a file that could be replaced, since the directory is one’s own, but not written, is refused', async (t) => {
  const { dir, upload, post } = await startFiles(t, user);
  fs.writeFileSync(join(dir, 'read-only'), 'old', { mode: 0o444 });
  if (process.getuid!() === 0) fs.chownSync(join(dir, 'read-only'), 0, 0);
  await assertProblem(await upload({ path: 'read-only' }, 'new'), 403, 'PERMISSION_DENIED');
  await assertProblem(
    await post('/files/replace', { 'read-only': { old: 'old', new: 'x' } }),
    403,
    'PERMISSION_DENIED',
  );
  assert.equal(fs.readFileSync(join(dir, 'read-only'), 'utf8'), 'old');
});

test('nothing is made in a directory of somebody else’s', async (t) => {
  const { dir, post, upload } = await startFiles(t, user);
  const { closed } = forbidden(dir);
  await assertProblem(await upload({ path: join(closed, 'mine') }, 'x'), 403, 'PERMISSION_DENIED');
  await assertProblem(await post('/directories', { [join(closed, 'mine')]: {} }), 403, 'PERMISSION_DENIED');
  fs.writeFileSync(join(dir, 'file'), '');
  await assertProblem(await post('/files/mv', [{ src: 'file', dest: join(closed, 'x') }]), 403, 'PERMISSION_DENIED');
  assert.ok(fs.existsSync(join(dir, 'file')));
});

test('what somebody makes is theirs, and can not be given away', async (t) => {
  const { dir, post, upload } = await startFiles(t, user);
  await assertDone(await upload({ path: 'a/file' }, 'x'));
  await assertDone(await post('/directories', { b: {} }));
  for (const path of ['a', 'a/file', 'b']) {
    const { uid, gid } = fs.statSync(join(dir, path));
    assert.deepEqual([uid, gid], [user.uid, user.gid], path);
  }
  await assertProblem(await upload({ path: 'c', owner: 'root' }, 'x'), 403, 'PERMISSION_DENIED');
  await assertProblem(await post('/directories', { d: { owner: 'root' } }), 403, 'PERMISSION_DENIED');
  assert.deepEqual(fs.readdirSync(dir).sort(), ['a', 'b']);
});

test('a shared file that somebody else owns can be written; it then belongs to the writer', async (t) => {
  const { dir, upload } = await startFiles(t, user);
  fs.writeFileSync(join(dir, 'shared'), 'old');
  fs.chmodSync(join(dir, 'shared'), 0o666);
  if (process.getuid!() === 0) fs.chownSync(join(dir, 'shared'), 0, 0);
  await assertDone(await upload({ path: 'shared' }, 'new'));
  const { mode, uid } = fs.statSync(join(dir, 'shared'));
  assert.deepEqual([mode & 0o7777, uid], [0o666, user.uid]);
});

test('the agent has its own rights back after every request, and after every refusal', async (t) => {
  const { dir, get, upload } = await startFiles(t, user);
  const before = [process.geteuid!(), process.getegid!(), process.getgroups!()];
  await Promise.all([
    get('/files/search', { path: '/usr/lib', pattern: '*.so' }).then((response) => response.arrayBuffer()),
    get('/files/download', { path: '/etc/shadow' }).then((response) => response.text()),
    upload({ path: join(dir, 'file') }, 'x'),
    upload({ path: '/etc/cubby-test/file' }, 'x'),
  ]);
  assert.deepEqual([process.geteuid!(), process.getegid!(), process.getgroups!()], before);
});
