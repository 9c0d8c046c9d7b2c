import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionConfig, Sandbox, type Volume } from '@alibaba-group/opensandbox';
import { smallImage, startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { findVolume, volumeName } from '../support/engine-volumes.ts';
import { hostDirectory } from '../support/host-directory.ts';

engineTest('OpenSandbox’s JavaScript SDK mounts directories of the host and named volumes', async (t) => {
  const host = hostDirectory(t);
  const claimName = volumeName(t);
  const { url, apiKey } = await startTestControl(t, { 'storage.allowed_host_paths': host });
  const connectionConfig = new ConnectionConfig({ domain: new URL(url).host, protocol: 'http', apiKey });
  const resource = { cpu: '1', memory: '128Mi' };
  const create = (volumes: Volume[]) => Sandbox.create({ connectionConfig, image: smallImage, resource, volumes });
  const outputOf = async (sandbox: Sandbox, command: string) => {
    const { logs, exitCode } = await sandbox.commands.run(command);
    return [logs.stdout.map(({ text }) => text).join('\n'), exitCode];
  };

  const pvc = { claimName, createIfNotExists: true, deleteOnSandboxTermination: true };
  const first = await create([
    { name: 'files', host: { path: join(host, 'ada') }, mountPath: '/workspace', readOnly: false },
    { name: 'cache', pvc, mountPath: '/cache', readOnly: false, subPath: 'one' },
  ]);
  await first.files.writeFiles([{ path: '/workspace/note', data: 'by the SDK', mode: 644 }]);
  assert.equal(readFileSync(join(host, 'ada/note'), 'utf8'), 'by the SDK');
  writeFileSync(join(host, 'ada/note'), 'by the host');
  assert.equal(await first.files.readFile('/workspace/note'), 'by the host');
  assert.deepEqual(await outputOf(first, 'echo kept >/cache/file'), ['', 0]);

  const second = await create([
    { name: 'cache', pvc: { claimName, createIfNotExists: false }, mountPath: '/cache', readOnly: true },
  ]);
  assert.deepEqual(await outputOf(second, 'cat /cache/one/file'), ['kept', 0]);
  assert.equal((await outputOf(second, 'touch /cache/x'))[1], 1);
  await assert.rejects(second.files.writeFiles([{ path: '/cache/x', data: '' }]));
  for (const sandbox of [first, second]) {
    await sandbox.kill();
    await sandbox.close();
  }
  assert.equal(await findVolume(claimName), undefined);

  const refused = create([{ name: 'etc', host: { path: '/etc' }, mountPath: '/host-etc', readOnly: true }]);
  await assert.rejects(refused, (error: Error & { error?: { code?: string } }) => {
    assert.equal(error.error?.code, 'VOLUME::HOST_PATH_NOT_ALLOWED');
    return true;
  });
});
