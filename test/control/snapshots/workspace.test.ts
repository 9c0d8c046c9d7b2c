import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { pythonImage, startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';
import { deleteSnapshot, makeSnapshot, restore } from '../../support/snapshots.ts';
import { describeFiles, everyKind } from './kinds.ts';

const hardened = { extensions: { 'cubby.profile': 'hardened' }, resourceLimits: { memory: '256Mi' } };
const standard = { resourceLimits: { memory: '256Mi' } };

engineTest('the workspace of a hardened sandbox is in its snapshot, as it is in every later one', async (t) => {
  const control = await startTestControl(t);
  const source = await control.create({ image: { uri: pythonImage }, ...hardened });
  const agent = await control.agent(source.id);
  const made = await agent.run(`cd /workspace && ${everyKind} echo >gone && chmod 2750 . && echo out >/tmp/out`);
  assert.deepEqual([made.stderr, made.exitCode], ['', 0]);
  const before = await agent.run(`cd /workspace && ${describeFiles}`);
  assert.match(before.stdout, /^\|d\|2750\|1000:1000/m);
  const first = await makeSnapshot(control, source.id);

  const second = await restore(control, first.id, hardened);
  const restored = await control.agent(second.id);
  assert.equal((await restored.run(`cd /workspace && ${describeFiles}`)).stdout, before.stdout);
  assert.equal((await restored.run('ls /tmp/out')).exitCode, 2, '/tmp is memory, and memory is not kept');
  assert.equal((await restored.run('cd /workspace && rm -r gone deep && echo new >new && id -u')).stdout, '1000');
  const changed = await restored.run(`cd /workspace && ${describeFiles}`);
  assert.equal((await agent.run(`cd /workspace && ${describeFiles}`)).stdout, before.stdout, 'they share nothing');

  const later = await makeSnapshot(control, second.id);
  for (const { id } of [source, second]) assert.equal((await control.delete(id)).status, 204);
  assert.equal((await deleteSnapshot(control, first.id)).status, 204);
  const third = await restore(control, later.id, hardened);
  const last = await control.agent(third.id);
  assert.equal((await last.run(`cd /workspace && ${describeFiles}`)).stdout, changed.stdout);

  await t.test('the other profile finds it too, and gives it back', async () => {
    const open = await restore(control, later.id, standard);
    const shell = await control.agent(open.id);
    assert.equal((await shell.run('id -u; stat -c %u /workspace/new; cat /workspace/new')).stdout, '0\n1000\nnew');
    await shell.run('echo "from a machine of one’s own" >/workspace/new');
    const back = await restore(control, (await makeSnapshot(control, open.id)).id, hardened);
    const { stdout } = await (await control.agent(back.id)).run(
      'cat /workspace/new; echo more >>/workspace/new && echo ok',
    );
    assert.equal(stdout, 'from a machine of one’s own\nok');
  });
});

engineTest('what lies on the volumes that an image declares is in the snapshot', async (t) => {
  const tag = `cubby-volumes-${process.pid}:test`;
  const engine = new Docker();
  const maker = await engine.createContainer({ Image: 'cubby/busybox:test', Cmd: ['/bin/sh'] });
  const [repo, version] = tag.split(':');
  await maker.commit({ repo, tag: version, Volumes: { '/data': {}, '/var/lib/deep/data': {} } });
  await maker.remove();

  const control = await startTestControl(t);
  t.after(() => engine.getImage(tag).remove());
  const source = await control.create({ image: { uri: tag } });
  const agent = await control.agent(source.id);
  const write = 'echo 1 >/data/one; ln /data/one /data/two; echo 2 >/var/lib/deep/data/two; echo 3 >/three';
  assert.equal((await agent.run(`${write}; chown 5:6 /data/one`)).exitCode, 0);
  const first = await makeSnapshot(control, source.id);
  const second = await restore(control, first.id);
  const restored = await control.agent(second.id);
  const look = 'cat /data/one /var/lib/deep/data/two /three; stat -c "%u:%g %h" /data/two; ls /data';
  assert.equal((await restored.run(look)).stdout, '1\n2\n3\n5:6 2\none\ntwo');
  await restored.run('rm /data/one');
  const third = await restore(control, (await makeSnapshot(control, second.id)).id);
  assert.equal((await (await control.agent(third.id)).run('ls /data')).stdout, 'two');
});

engineTest('what a request mounted is not in the snapshot, wherever it lies', async (t) => {
  const shared = mkdtempSync(join(tmpdir(), 'cubby-shared-'));
  t.after(() => rmSync(shared, { recursive: true }));
  chmodSync(shared, 0o777);
  writeFileSync(join(shared, 'of-the-host'), 'of the host');
  const control = await startTestControl(t, { 'storage.allowed_host_paths': shared });
  const claimName = `test-snapshots-${process.pid}`;
  const volumes = [
    { name: 'host', host: { path: shared }, mountPath: '/workspace/host' },
    { name: 'named', pvc: { claimName, deleteOnSandboxTermination: true }, mountPath: '/workspace/deep/named' },
  ];
  for (const extensions of [{ 'cubby.profile': 'hardened' }, { 'cubby.profile': 'standard' }]) {
    const source = await control.create({ volumes, extensions });
    const agent = await control.agent(source.id);
    assert.equal((await agent.run('cat /workspace/host/of-the-host')).stdout, 'of the host');
    const write = await agent.run('echo mine >/workspace/mine; echo shared >/workspace/host/shared; ls -R /workspace');
    assert.match(write.stdout, /named/);
    const snapshot = await makeSnapshot(control, source.id);
    const restored = await restore(control, snapshot.id, { extensions });
    const { stdout } = await (await control.agent(restored.id)).run('cd /workspace; find . -type f; cat mine');
    assert.equal(stdout, './mine\nmine');
    for (const { id } of [source, restored]) assert.equal((await control.delete(id)).status, 204);
  }
});
