import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { findVolume, foreignVolume, volumeName } from '../support/engine-volumes.ts';
import { hostDirectory } from '../support/host-directory.ts';
import { refused } from '../support/refused.ts';

const hardened = { extensions: { 'cubby.profile': 'hardened' } };

engineTest(
  'volumes bring directories of the host and named volumes into a sandbox',
  async (t) => {
    const host = hostDirectory(t);
    const made = await foreignVolume(t);
    const control = await startTestControl(t, {
      'storage.allowed_host_paths': host,
      'storage.allowed_volumes': made,
    });

    await t.test('a user’s files, used by the host’s own tools while a hardened sandbox runs', async () => {
      const path = join(host, 'users/ada');
      const { id } = await control.create({
        ...hardened,
        volumes: [{ name: 'workspace', host: { path }, mountPath: '/workspace' }],
      });
      assert.deepEqual([statSync(path).uid, statSync(path).mode & 0o777], [1000, 0o755], 'it was made for user 1000');
      const agent = await control.agent(id);
      assert.equal((await agent.run('id -u; echo from the sandbox >/workspace/note')).stdout, '1000');
      assert.equal(readFileSync(join(path, 'note'), 'utf8'), 'from the sandbox\n');
      assert.equal(statSync(join(path, 'note')).uid, 1000);
      writeFileSync(join(path, 'note'), 'from the host\n');
      assert.equal((await agent.run('cat /workspace/note')).stdout, 'from the host');

      const download = await agent.fetch('/files/download?path=/workspace/note');
      assert.equal(await download.text(), 'from the host\n');
      writeFileSync(join(path, 'secret'), 'root’s', { mode: 0o600 });
      await refused(await agent.fetch('/files/download?path=/workspace/secret'), 'PERMISSION_DENIED', 'path');
      assert.equal((await control.delete(id)).status, 204);
      assert.equal(readFileSync(join(path, 'note'), 'utf8'), 'from the host\n', 'the host’s files stay');
    });

    await t.test('a named volume outlives its sandboxes, and two share it by directories', async (t) => {
      const claimName = volumeName(t);
      const pvc = { claimName };
      const first = await control.create({ volumes: [{ name: 'v', pvc, mountPath: '/data', subPath: 'a/b' }] });
      const second = await control.create({
        ...hardened,
        volumes: [
          { name: 'whole', pvc, mountPath: '/data', readOnly: true },
          { name: 'part', pvc, mountPath: '/part', subPath: 'c' },
        ],
      });
      const [one, two] = [await control.agent(first.id), await control.agent(second.id)];
      assert.equal((await one.run('echo here >/data/file; ls /data')).stdout, 'file');
      assert.equal(
        (await two.run('cat /data/a/b/file; echo there >/part/file; cat /data/c/file')).stdout,
        'here\nthere',
      );
      const written = await two.run('echo x >/data/a/b/file');
      assert.match(written.stderr, /Read-only file system/);
      assert.notEqual(written.exitCode, 0);
      for (const { id } of [first, second]) assert.equal((await control.delete(id)).status, 204);

      const third = await control.create({ volumes: [{ name: 'v', pvc, mountPath: '/mnt' }] });
      assert.equal((await (await control.agent(third.id)).run('cat /mnt/a/b/file /mnt/c/file')).stdout, 'here\nthere');
      assert.equal((await control.delete(third.id)).status, 204);
      assert.ok(await findVolume(claimName));
    });

    await t.test(
      'a volume that was made to go with its sandbox goes, when the last that uses it has ended',
      async (t) => {
        const claimName = volumeName(t);
        const pvc = { claimName, deleteOnSandboxTermination: true };
        const maker = await control.create({ ...hardened, volumes: [{ name: 'v', pvc, mountPath: '/data' }] });
        const other = await control.create({ volumes: [{ name: 'v', pvc: { claimName }, mountPath: '/data' }] });
        assert.equal((await (await control.agent(maker.id)).run('echo kept >/data/file')).exitCode, 0);
        assert.equal((await control.delete(maker.id)).status, 204);
        assert.equal((await (await control.agent(other.id)).run('cat /data/file')).stdout, 'kept');
        assert.equal((await control.delete(other.id)).status, 204);
        assert.equal(await findVolume(claimName), undefined);
      },
    );

    await t.test('one that was there before stays, whoever asks for its end', async (t) => {
      const claimName = volumeName(t);
      for (const deleteOnSandboxTermination of [false, true]) {
        const pvc = { claimName, deleteOnSandboxTermination };
        const { id } = await control.create({ volumes: [{ name: 'v', pvc, mountPath: '/data' }] });
        assert.equal((await control.delete(id)).status, 204);
        assert.ok(await findVolume(claimName));
      }
      const pvc = { claimName: made, deleteOnSandboxTermination: true };
      const { id } = await control.create({ volumes: [{ name: 'v', pvc, mountPath: '/data' }] });
      assert.equal((await control.delete(id)).status, 204);
      assert.ok(await findVolume(made));
    });

    await t.test('volumes within volumes, at /tmp and at a place that the image lacks', async () => {
      mkdirSync(join(host, 'nest/inner'), { recursive: true });
      chownSync(join(host, 'nest'), 1000, 1000);
      const { id } = await control.create({
        ...hardened,
        volumes: [
          { name: 'inner', host: { path: join(host, 'inner') }, mountPath: '/workspace/inner/deep' },
          { name: 'outer', host: { path: join(host, 'nest') }, mountPath: '/workspace', subPath: '' },
          { name: 'tmp', host: { path: host }, mountPath: '/tmp/', subPath: 'tmp' },
          { name: 'new', host: { path: `${host}//./new/` }, mountPath: '/a/b c/d\\e', readOnly: true },
        ],
      });
      const agent = await control.agent(id);
      const { stdout } = await agent.run(
        'echo 1 >/workspace/inner/deep/f; echo 2 >/workspace/f; echo 3 >/tmp/f; (echo 4 >"/a/b c/d\\e/f") 2>&1',
      );
      assert.match(stdout, /Read-only file system/);
      assert.equal(readFileSync(join(host, 'inner/f'), 'utf8'), '1\n');
      assert.equal(readFileSync(join(host, 'nest/f'), 'utf8'), '2\n');
      assert.equal(readFileSync(join(host, 'tmp/f'), 'utf8'), '3\n');
      assert.equal((await control.delete(id)).status, 204);
    });

    await t.test('what a sandbox can’t have is refused, and nothing is left of it', async (t) => {
      symlinkSync('/etc', join(host, 'link'));
      writeFileSync(join(host, 'file'), '');
      const v = { name: 'v', host: { path: join(host, 'ok') }, mountPath: '/data' };
      const pvc = (claimName: string, more = {}) => ({ name: 'v', pvc: { claimName, ...more }, mountPath: '/data' });
      const options = await foreignVolume(t, { DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=64k' } });
      const cases: [object, Parameters<typeof refused>[1], string][] = [
        [{ ...v, name: 'Upper' }, 'VOLUME::INVALID_NAME', 'volumes.0.name'],
        [{ ...v, name: 'x'.repeat(64) }, 'VOLUME::INVALID_NAME', 'volumes.0.name'],
        [{ ...v, host: undefined }, 'VOLUME::INVALID_BACKEND', 'volumes.0'],
        [{ ...v, pvc: { claimName: 'data' } }, 'VOLUME::INVALID_BACKEND', 'volumes.0'],
        [{ name: 'v', ossfs: { bucket: 'b' }, mountPath: '/data' }, 'VOLUME::UNSUPPORTED_BACKEND', 'volumes.0.ossfs'],
        ...['data', '', '/', '//', '/../etc', '/a/../b', '/proc/x', '/sys', '/dev/shm', '/.cubby/pack', '/a\nb'].map(
          (mountPath): [object, 'VOLUME::INVALID_MOUNT_PATH', string] => [
            { ...v, mountPath },
            'VOLUME::INVALID_MOUNT_PATH',
            'volumes.0.mountPath',
          ],
        ),
        [{ ...v, mountPath: '/bin/sh' }, 'VOLUME::INVALID_MOUNT_PATH', 'volumes.0.mountPath'],
        [{ ...v, mountPath: '/bin/sh/x' }, 'VOLUME::INVALID_MOUNT_PATH', 'volumes.0.mountPath'],
        [{ ...v, subPath: '../x' }, 'VOLUME::INVALID_SUB_PATH', 'volumes.0.subPath'],
        [{ ...v, subPath: '/etc' }, 'VOLUME::INVALID_SUB_PATH', 'volumes.0.subPath'],
        [{ ...v, host: { path: 'relative' } }, 'VOLUME::INVALID_HOST_PATH', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}/../x` } }, 'VOLUME::INVALID_HOST_PATH', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}/${'x'.repeat(256)}` } }, 'VOLUME::INVALID_HOST_PATH', 'volumes.0.host.path'],
        [{ ...v, host: { path: '/etc' } }, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}x` } }, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}/link` } }, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}/link/cron.d` } }, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path'],
        [{ ...v, subPath: 'sub/../../link' }, 'VOLUME::INVALID_SUB_PATH', 'volumes.0.subPath'],
        [{ ...v, host: { path: host }, subPath: 'link' }, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}/file` } }, 'VOLUME::INVALID_HOST_PATH', 'volumes.0.host.path'],
        [{ ...v, host: { path: `${host}/file/x` } }, 'VOLUME::INVALID_HOST_PATH', 'volumes.0.host.path'],
        ...['', 'a', 'Upper', 'a_b', '../etc', '/etc', '-a', 'cubby-pack-1', 'x'.repeat(254)].map(
          (name): [object, 'VOLUME::INVALID_PVC_NAME', string] => [
            pvc(name),
            'VOLUME::INVALID_PVC_NAME',
            'volumes.0.pvc.claimName',
          ],
        ),
        [pvc('test-nowhere', { createIfNotExists: false }), 'VOLUME::PVC_NOT_FOUND', 'volumes.0.pvc.claimName'],
        [pvc(await foreignVolume(t)), 'VOLUME::PVC_NOT_ALLOWED', 'volumes.0.pvc.claimName'],
        [
          pvc(await foreignVolume(t, { Labels: { 'cubby.store': control.store } })),
          'VOLUME::PVC_NOT_ALLOWED',
          'volumes.0.pvc.claimName',
        ],
        [pvc(options), 'VOLUME::PVC_NOT_ALLOWED', 'volumes.0.pvc.claimName'],
        [{ ...v, host: { path: 1 } }, 'INVALID_REQUEST_BODY', 'volumes.0.host.path'],
        [{ ...v, host: { path: `/${'x/'.repeat(1_000_000)}` } }, 'INVALID_REQUEST_BODY', 'volumes.0.host.path'],
      ];
      for (const [volume, code, field] of cases) {
        await refused(await control.post('/v1/sandboxes', createRequest({ volumes: [volume] })), code, field);
      }
      const claimName = volumeName(t);
      const planter = await control.create({ volumes: [pvc(claimName, { deleteOnSandboxTermination: true })] });
      const planted = 'ln -s / /data/root; ln -s .. /data/up; echo >/data/file';
      assert.equal((await (await control.agent(planter.id)).run(planted)).exitCode, 0);
      for (const subPath of ['root', 'root/etc', 'up', 'file', 'file/x']) {
        const volumes = [{ ...pvc(claimName), subPath }];
        const response = await control.post('/v1/sandboxes', createRequest({ volumes }));
        const { message } = await refused(response, 'VOLUME::INVALID_SUB_PATH', 'volumes.0.subPath');
        assert.match(message, /found a (link|file) at/);
      }
      assert.equal((await control.delete(planter.id)).status, 204);
      const twice = (second: object) =>
        control.post('/v1/sandboxes', createRequest({ volumes: [v, { ...v, ...second }] }));
      await refused(await twice({ mountPath: '/other' }), 'VOLUME::DUPLICATE_NAME', 'volumes.1.name');
      await refused(
        await twice({ name: 'w', mountPath: '/data/' }),
        'VOLUME::INVALID_MOUNT_PATH',
        'volumes.1.mountPath',
      );
      const many = Array.from({ length: 33 }, (_, i) => ({ ...v, name: `v${i}`, mountPath: `/data${i}` }));
      await refused(
        await control.post('/v1/sandboxes', createRequest({ volumes: many })),
        'INVALID_REQUEST_BODY',
        'volumes',
      );
      const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
      assert.deepEqual(items, []);
    });
  },
  { timeout: 240_000 },
);

engineTest('without a list of allowed directories, none of the host can be mounted', async (t) => {
  const control = await startTestControl(t);
  const volumes = [{ name: 'v', host: { path: '/srv' }, mountPath: '/data' }];
  const response = await control.post('/v1/sandboxes', createRequest({ volumes }));
  const { message } = await refused(response, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path');
  assert.match(message, /storage.allowed_host_paths is empty/);
});
