import assert from 'node:assert/strict';
import { pythonImage, startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';
import { deleteSnapshot, makeSnapshot, restore } from '../../support/snapshots.ts';
import { describeFiles, everyKind } from './kinds.ts';

engineTest('files of every kind come back from a snapshot as they were, and what was deleted stays so', async (t) => {
  const control = await startTestControl(t);
  const source = await control.create({ image: { uri: pythonImage }, resourceLimits: { memory: '256Mi' } });
  const agent = await control.agent(source.id);
  const made = await agent.run(
    `mkdir /kinds && cd /kinds && ${everyKind}
     chown 1234:5678 private; mknod null c 1 3 2>/dev/null || true
     python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/kinds/socket")'
     # cap_net_bind_service, as setcap writes it (VFS_CAP_REVISION_2).
     python3 -c 'import os; os.setxattr("/kinds/tool", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))'
     rm -r /etc/apt && mkdir /etc/apt && echo mine >/etc/apt/only
     rm /etc/debian_version && ln -s nothing /etc/debian_version`,
  );
  assert.deepEqual([made.stderr, made.exitCode], ['', 0]);
  const before = await agent.run(`cd /kinds && ${describeFiles}`);
  assert.match(before.stdout, /one inode$/);

  const snapshot = await makeSnapshot(control, source.id);
  const { id } = await restore(control, snapshot.id, { resourceLimits: { memory: '256Mi' } });
  const restored = await control.agent(id);
  const after = await restored.run(`cd /kinds && ${describeFiles}`);
  assert.equal(after.stdout, before.stdout);
  const more = await restored.run(
    `python3 -c 'import os; print(os.getxattr("/kinds/tool", "security.capability").hex())'
     ls -A /etc/apt; readlink /etc/debian_version; find / -xdev -newer /kinds/empty -name '.wh.*'`,
  );
  assert.equal(more.stdout, '0100000200040000000000000000000000000000\nonly\nnothing');
  for (const one of [id, source.id]) assert.equal((await control.delete(one)).status, 204);
  assert.equal((await deleteSnapshot(control, snapshot.id)).status, 204);
});

engineTest('a package that was installed is installed in what is made from the snapshot', async (t) => {
  const control = await startTestControl(t);
  const source = await control.create({ image: { uri: pythonImage }, resourceLimits: { memory: '256Mi' } });
  const installed = await (await control.agent(source.id)).run(
    `mkdir -p /p/DEBIAN /p/usr/bin && printf '#!/bin/sh\\necho at your service\\n' >/p/usr/bin/servant && chmod 755 /p/usr/bin/servant
     printf 'Package: servant\\nVersion: 1.2\\nArchitecture: all\\nMaintainer: a <a@b.c>\\nDescription: d\\n' >/p/DEBIAN/control
     dpkg-deb -b /p /servant.deb && dpkg -i /servant.deb && rm -r /p /servant.deb`,
  );
  assert.equal(installed.exitCode, 0, installed.stderr);
  const snapshot = await makeSnapshot(control, source.id);
  const { id } = await restore(control, snapshot.id, { resourceLimits: { memory: '256Mi' } });
  const { stdout } = await (await control.agent(id)).run('servant; dpkg-query -W servant; dpkg --audit');
  assert.equal(stdout, 'at your service\nservant\t1.2');
});

engineTest('the image’s user, working directory and environment hold for what is made from a snapshot', async (t) => {
  const control = await startTestControl(t);
  const image = { uri: 'cubby/named-user:test' };
  const source = await control.create({ image, entrypoint: undefined });
  const agent = await control.agent(source.id);
  const ask = 'whoami; pwd; echo "$IMAGE_ENV|$HOME"; touch /tmp/mine; ls -l /tmp/mine | cut -d" " -f1';
  await agent.run('until [ -s /tmp/entry ]; do sleep 0.02; done');
  const { stdout } = await agent.run(ask);
  const snapshot = await makeSnapshot(control, source.id);
  const { id, entrypoint } = await restore(control, snapshot.id);
  assert.deepEqual(entrypoint, ['tail', '-f', '/dev/null']);
  const restored = await control.agent(id);
  assert.equal((await restored.run(ask)).stdout, stdout);
  assert.equal((await restored.run('cat /tmp/entry')).stdout, 'entrypoint-ran', 'once, in the source');
});
