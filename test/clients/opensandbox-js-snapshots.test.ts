import assert from 'node:assert/strict';
import { ConnectionConfig, Sandbox, SandboxApiException, SandboxManager } from '@alibaba-group/opensandbox';
import { pythonImage, startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

for (const useServerProxy of [false, true]) {
  const way = useServerProxy ? 'through the server proxy' : 'directly';
  engineTest(`OpenSandbox’s JavaScript SDK, unmodified, makes and uses snapshots ${way}`, async (t) => {
    const { url, apiKey } = await startTestControl(t);
    const domain = new URL(url).host;
    const connectionConfig = new ConnectionConfig({ domain, protocol: 'http', apiKey, useServerProxy });
    const manager = SandboxManager.create({ connectionConfig });
    const resource = { cpu: '1', memory: '256Mi' };
    const source = await Sandbox.create({ connectionConfig, image: pythonImage, timeoutSeconds: 300, resource });
    await source.files.writeFiles([{ path: '/srv/state.txt', data: 'as it was' }]);

    const begun = await manager.createSnapshot(source.id, { name: 'checkpoint' });
    assert.deepEqual([begun.sandboxId, begun.name, begun.status.state], [source.id, 'checkpoint', 'Creating']);
    assert.ok(begun.createdAt instanceof Date && begun.status.lastTransitionAt instanceof Date);
    const isReady = async () => (await manager.getSnapshot(begun.id)).status.state === 'Ready';
    await until(isReady, 'the snapshot is ready', 60_000);
    const unnamed = await manager.createSnapshot(source.id);
    await until(
      async () => (await manager.getSnapshot(unnamed.id)).status.state === 'Ready',
      'the second is ready',
      60_000,
    );

    const ids = async (filter: Parameters<typeof manager.listSnapshots>[0]) =>
      (await manager.listSnapshots(filter)).items.map(({ id }) => id);
    assert.deepEqual(await ids({}), [unnamed.id, begun.id]);
    assert.deepEqual(await ids({ sandboxId: source.id, name: 'checkpoint', states: ['Ready', 'Failed'] }), [begun.id]);
    assert.deepEqual(await ids({ states: ['Deleting'] }), []);
    const { pagination } = await manager.listSnapshots({ page: 2, pageSize: 1 });
    assert.deepEqual(pagination, { page: 2, pageSize: 1, totalItems: 2, totalPages: 2, hasNextPage: false });

    const restored = await Sandbox.create({ connectionConfig, snapshotId: begun.id, timeoutSeconds: 300, resource });
    assert.equal(await restored.files.readFile('/srv/state.txt'), 'as it was');
    const info = await restored.getInfo();
    assert.deepEqual([info.snapshotId, info.image], [begun.id, undefined]);
    await assert.rejects(manager.deleteSnapshot(begun.id), (error: SandboxApiException) => {
      assert.ok(error instanceof SandboxApiException);
      assert.deepEqual([error.statusCode, error.error.code], [409, 'SNAPSHOT::DELETE_CONFLICT']);
      return true;
    });
    for (const sandbox of [source, restored]) {
      await sandbox.kill();
      await sandbox.close();
    }
    for (const id of [begun.id, unnamed.id]) await manager.deleteSnapshot(id);
    assert.deepEqual(await ids({}), []);
    await manager.close();
  });
}
