import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertProblem, self, startFiles, user } from './server.ts';

test('a user named in the path acts with their own rights, in every route', async (t) => {
  const { dir, fetch, post } = await startFiles(t, self);
  fs.chmodSync(dir, 0o755);
  const theirs = join(dir, 'theirs');
  fs.mkdirSync(theirs);
  fs.chownSync(theirs, user.uid, user.gid);
  fs.writeFileSync(join(dir, 'mine'), 'mine', { mode: 0o600 });
  const as = `/v1/filesystem/${user.uid}/${user.gid}`;

  const form = new FormData();
  form.append('metadata', new Blob([JSON.stringify({ path: join(theirs, 'file') })]), 'metadata');
  form.append('file', new Blob(['content']), 'file');
  assert.equal((await fetch(`${as}/files/upload`, { method: 'POST', body: form })).status, 200);
  const { uid, gid } = fs.statSync(join(theirs, 'file'));
  assert.deepEqual([uid, gid], [user.uid, user.gid]);
  const path = encodeURIComponent(join(theirs, 'file'));
  assert.equal(await (await fetch(`${as}/files/download?path=${path}`)).text(), 'content');
  assert.equal((await fetch(`${as}/files/info?path=${path}`)).status, 200);
  const here = encodeURIComponent(theirs);
  for (const route of ['files/search', 'directories/list']) {
    const found = (await (await fetch(`${as}/${route}?path=${here}`)).json()) as { path: string }[];
    assert.deepEqual(
      found.map((file) => file.path),
      [join(theirs, 'file')],
    );
  }
  assert.equal((await post(`${as}/directories`, { [join(theirs, 'below')]: { mode: 700 } })).status, 200);
  const moved = await post(`${as}/files/mv`, [{ src: join(theirs, 'file'), dest: join(theirs, 'below/file') }]);
  assert.equal(moved.status, 200);

  if (user.uid === self.uid) return;
  const mine = join(dir, 'mine');
  const query = `path=${encodeURIComponent(mine)}`;
  await assertProblem(await fetch(`${as}/files/download?${query}`), 403, 'PERMISSION_DENIED');
  await assertProblem(await fetch(`${as}/files?${query}`, { method: 'DELETE' }), 403, 'PERMISSION_DENIED');
  await assertProblem(await post(`${as}/files/permissions`, { [mine]: { mode: 777 } }), 403, 'PERMISSION_DENIED');
  await assertProblem(await post(`${as}/files/replace`, { [mine]: { old: 'm', new: '' } }), 403, 'PERMISSION_DENIED');
  assert.equal(await (await fetch(`/files/download?${query}`)).text(), 'mine');
});

test('a user’s number that is none is refused and never taken for another', async (t) => {
  const { fetch } = await startFiles(t);
  for (const number of ['-1', '1.5', '0x0', '00', '01000', '1e3', '4294967295', '99999999999', 'root', '%30x', '%20']) {
    for (const [place, field] of [
      [`${number}/0`, 'uid'],
      [`0/${number}`, 'gid'],
    ]) {
      for (const [route, method] of [
        ['info?path=/', 'GET'],
        ['upload', 'POST'],
      ]) {
        const response = await fetch(`/v1/filesystem/${place}/files/${route}`, { method: method! });
        const body = (await response.json()) as { code: string; field: string };
        assert.deepEqual([response.status, body.code, body.field], [400, 'INVALID_PARAMETER', field], place);
      }
    }
  }
});
