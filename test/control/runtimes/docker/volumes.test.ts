import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VolumeMount } from '../../../../control/runtimes/runtime.ts';
import { Attached } from '../../../../control/volumes/attached.ts';
import { openDirectory } from '../../../../control/volumes/descend.ts';
import { Source } from '../../../../control/volumes/source.ts';
import { engineTest } from '../../../support/engine.ts';
import { findVolume, volumeName } from '../../../support/engine-volumes.ts';
import { hostDirectory } from '../../../support/host-directory.ts';
import { busybox, openLab, succeed } from './lab.ts';

const lab = openLab();

const mountOf = (directory: string, target: string, readOnly = false): VolumeMount => ({
  target,
  readOnly,
  directory,
  inVolume: false,
});

engineTest('a named volume is made, told of and removed, by nobody else and not while it is in use', async (t) => {
  const { runtime, store, run } = await lab();
  const name = volumeName(t);
  assert.equal(await runtime.volume(name), undefined);
  const made = await runtime.makeVolume(name, 'maker');
  const { directory, ...rest } = made;
  assert.deepEqual(rest, { name, owner: store, maker: 'maker', plain: true });
  assert.equal(directory, (await findVolume(name))?.Mountpoint);
  assert.deepEqual(await runtime.makeVolume(name, 'another'), made, 'it keeps its maker');
  assert.deepEqual(await runtime.volume(name), made);
  await run('user', { mounts: [{ target: '/data', readOnly: false, volume: { name, maker: 'user' } }] });
  await runtime.removeVolume(name);
  assert.ok(await findVolume(name));
  await runtime.remove('user');
  assert.ok(await findVolume(name), 'it isn’t removed with a container');
  await runtime.removeVolume(name);
  assert.equal(await findVolume(name), undefined);
  await runtime.removeVolume(name);
});

engineTest('what an image has at a volume’s place is not copied, and mounts below a directory stay out', async (t) => {
  const { runtime, run, shell } = await lab();
  const [name, host] = [volumeName(t), hostDirectory(t)];
  mkdirSync(join(host, 'below'));
  writeFileSync(join(host, 'below/hidden'), '');
  await succeed('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', join(host, 'below')]);
  try {
    writeFileSync(join(host, 'below/shown'), '');
    await runtime.makeVolume(name, 'empty');
    const volume: VolumeMount = { target: '/etc', readOnly: false, volume: { name, maker: 'empty' } };
    await run('empty', { mounts: [volume, mountOf(host, '/host', true)] });
    const { output } = await shell('empty', 'ls /etc; ls /host/below; touch /host/below/x');
    assert.match(output, /hostname\nhosts\nmtab\nresolv.conf|hostname\nhosts\nresolv.conf/);
    assert.doesNotMatch(output, /passwd|shown/);
    assert.match(output, /hidden\n.*Read-only file system/s);
  } finally {
    await succeed('umount', [join(host, 'below')]);
    await runtime.remove('empty');
    await runtime.removeVolume(name);
  }
});

engineTest(
  'a volume whose way leads through a link or a file of the image is refused before anything runs',
  async (t) => {
    const { runtime, spec, store } = await lab();
    const host = hostDirectory(t);
    writeFileSync(join(host, 'init'), '#!/bin/sh\ntouch /.cubby/pack/ran\n', { mode: 0o755 });
    const image = `cubby/test-links:${randomBytes(4).toString('hex')}`;
    const maker = `cubby-test-${randomBytes(4).toString('hex')}`;
    const plant = 'mkdir -p /a/b && ln -s /.cubby/pack /a/b/c && ln -s a /d';
    await succeed('docker', ['run', '--name', maker, '--entrypoint', '/bin/sh', busybox, '-c', plant]);
    try {
      await succeed('docker', ['commit', maker, image]);
      for (const [target, inTheWay] of [
        ['/a/b/c', '/a/b/c'],
        ['/a/b/c/e/f', '/a/b/c'],
        ['/d/b/x', '/d'],
        ['/bin/sh', '/bin/sh'],
      ] as const) {
        const mounts = [mountOf(host, '/a/b/fine'), mountOf(host, target)];
        await assert.rejects(runtime.create(spec('links', { image, mounts })), {
          code: 'VOLUME::INVALID_MOUNT_PATH',
          field: 'volumes.1.mountPath',
          message: new RegExp(`found a link or a file of the image at ${inTheWay}$`),
        });
        assert.equal(await runtime.inspect('links'), undefined);
      }
      await runtime.create(spec('links', { image, mounts: [mountOf(host, '/a/b/new/er')] }));
      await runtime.remove('links');
      const { output } = await succeed('docker', ['ps', '-aq', '--filter', `label=cubby.helper=${store}`]);
      assert.equal(output, '', 'what looked into the image is gone');
    } finally {
      await succeed('docker', ['rm', '-v', maker]);
      await succeed('docker', ['image', 'rm', image]);
    }
  },
);

engineTest(
  'where a container can’t be looked into, a directory is refused unless the administrator insists',
  async (t) => {
    const { runtime, spec } = await lab();
    const host = hostDirectory(t);
    const mount = mountOf(host, '/data');
    await runtime.create(spec('unseen', { mounts: [mount] }));
    assert.equal(await runtime.view('unseen'), undefined);
    assert.equal(await runtime.view('nobody'), undefined);
    const records = [{ name: 'v', mountPath: '/data', readOnly: false, host }];
    for (const unchecked of [false, true]) {
      const attached = new Attached('unseen', { records, runtime, unchecked });
      attached.add(await Source.of(mount, await openDirectory(host)));
      if (unchecked) await attached.verify();
      else {
        const message = /can’t be checked.*storage.unchecked_mounts/;
        await assert.rejects(attached.verify(), { code: 'VOLUME::HOST_PATH_NOT_ALLOWED', message });
      }
      await attached.close();
    }
    await runtime.remove('unseen');
  },
);

engineTest(
  'what was mounted is told from what was asked for: another directory, another place, and writable',
  async (t) => {
    const { runtime, run } = await lab();
    const [host, other] = [hostDirectory(t), hostDirectory(t)];
    await run('seen', { mounts: [mountOf(host, '/data'), mountOf(host, '/mnt/read only', true)] });
    const verify = async (asked: VolumeMount, directory = host) => {
      const records = [{ name: 'v', mountPath: asked.target, readOnly: asked.readOnly, host: directory }];
      const attached = new Attached('seen', { records, runtime, unchecked: true });
      attached.add(await Source.of(asked, await openDirectory(directory)));
      await attached.verify().finally(() => attached.close());
    };
    await verify(mountOf(host, '/data'));
    await verify(mountOf(host, '/mnt/read only', true));
    const source = { code: 'VOLUME::HOST_PATH_NOT_ALLOWED' };
    await assert.rejects(verify(mountOf(other, '/data'), other), { ...source, message: /found another directory/ });
    await assert.rejects(verify(mountOf(host, '/data', true)), { ...source, message: /can be written to/ });
    for (const target of ['/nowhere', '/bin/sh', '/data/x']) {
      await assert.rejects(verify(mountOf(host, target)), { code: 'VOLUME::INVALID_MOUNT_PATH' });
    }
    await runtime.remove('seen');
  },
);
