import assert from 'node:assert/strict';
import { ConnectionConfig, Sandbox, SandboxManager } from '@alibaba-group/opensandbox';
import { pythonImage, startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

engineTest('OpenSandbox’s JavaScript SDK, unmodified, does its whole main job', async (t) => {
  const { url, apiKey } = await startTestControl(t);
  const connectionConfig = new ConnectionConfig({ domain: new URL(url).host, protocol: 'http', apiKey });
  const sandbox = await Sandbox.create({
    connectionConfig,
    image: pythonImage,
    timeoutSeconds: 300,
    resource: { cpu: '1', memory: '1Gi' },
    env: { GREETING: 'hello' },
    metadata: { project: 'sdk' },
  });
  try {
    await t.test('it is healthy and says how it is', async () => {
      assert.equal(await sandbox.isHealthy(), true);
      const info = await sandbox.getInfo();
      assert.equal(info.status.state, 'Running');
      assert.equal(info.metadata?.project, 'sdk');
    });

    await t.test('a command’s output and exit code come back', async () => {
      const good = await sandbox.commands.run('echo "$GREETING"; echo trouble >&2');
      assert.deepEqual(
        [good.logs.stdout.map((line) => line.text), good.logs.stderr.map((line) => line.text)],
        [['hello'], ['trouble']],
      );
      assert.equal(good.exitCode, 0);
      assert.equal((await sandbox.commands.run('exit 7')).exitCode, 7);
    });

    await t.test('a stream’s lines arrive while the command runs', async () => {
      const seen: string[] = [];
      const command = 'echo first; while [ ! -e /tmp/go ]; do sleep 0.01; done; echo second';
      for await (const event of sandbox.commands.runStream(command)) {
        if (event.type !== 'stdout') continue;
        seen.push(event.text ?? '');
        // It would wait for ever if the first line were kept back until the end.
        if (event.text === 'first') await sandbox.files.writeFiles([{ path: '/tmp/go', data: 'go' }]);
      }
      assert.deepEqual(seen, ['first', 'second']);
    });

    await t.test('a background command is followed by status and logs, and interrupted', async () => {
      const { id } = await sandbox.commands.run('echo started; exec sleep 1000', { background: true });
      assert.ok(id);
      assert.equal((await sandbox.commands.getCommandStatus(id)).running, true);
      await sandbox.commands.interrupt(id);
      const status = await sandbox.commands.getCommandStatus(id);
      assert.equal(status.running, false);
      const logs = await sandbox.commands.getBackgroundCommandLogs(id);
      assert.match(logs.content, /started/);
    });

    await t.test('files are written, found, read, changed and removed', async () => {
      const path = '/workspace/sdk/wörter.txt';
      await sandbox.files.createDirectories([{ path: '/workspace/sdk', mode: 755 }]);
      await sandbox.files.writeFiles([{ path, data: 'eins\nzwei\n', mode: 644 }]);
      assert.equal(await sandbox.files.readFile(path), 'eins\nzwei\n');
      const found = await sandbox.files.search({ path: '/workspace/sdk', pattern: '*.txt' });
      assert.deepEqual(
        found.map((file) => file.path),
        [path],
      );
      await sandbox.files.replaceContents([{ path, oldContent: 'zwei', newContent: 'drei' }]);
      assert.equal(await sandbox.files.readFile(path), 'eins\ndrei\n');
      assert.equal((await sandbox.files.getFileInfo([path]))[path]?.size, 10);
      await sandbox.files.deleteFiles([path]);
      assert.deepEqual(await sandbox.files.listDirectory({ path: '/workspace/sdk' }), []);
    });

    await t.test('metrics are the sandbox’s own', async () => {
      const metrics = await sandbox.getMetrics();
      assert.equal(metrics.cpuCount, 1);
      assert.equal(metrics.memoryTotalMiB, 1024);
      assert.ok(metrics.memoryUsedMiB > 0 && metrics.memoryUsedMiB < 1024);
    });

    await t.test('it is renewed, and listed by its metadata', async () => {
      const before = (await sandbox.getInfo()).expiresAt!;
      await sandbox.renew(1200);
      assert.ok((await sandbox.getInfo()).expiresAt! > before);
      const manager = SandboxManager.create({ connectionConfig });
      const { items } = await manager.listSandboxInfos({ metadata: { project: 'sdk' }, states: ['Running'] });
      assert.deepEqual(
        items.map((item) => item.id),
        [sandbox.id],
      );
      await manager.close();
    });
  } finally {
    await sandbox.kill();
    await sandbox.close();
  }
  await t.test('after kill it is gone', async () => {
    await assert.rejects(Sandbox.connect({ connectionConfig, sandboxId: sandbox.id }));
  });
});
