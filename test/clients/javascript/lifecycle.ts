import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '../../support/until.ts';
import { refusedWith, type World } from './world.ts';

const server = `python3 -c "
import http.server
class Here(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'served')
http.server.HTTPServer(('127.0.0.1', 8123), Here).serve_forever()"`;

/** Claims about sandboxes as such. */
export async function lifecycleClaims(t: TestContext, world: World): Promise<void> {
  const { sandbox, manager, connectionConfig, project } = world;

  await t.test('a sandbox is healthy, and is as it was asked for', async () => {
    assert.deepEqual([await sandbox.isHealthy(), await sandbox.health.ping()], [true, true]);
    await sandbox.waitUntilReady({ readyTimeoutSeconds: 60, pollingIntervalMillis: 50 });
    const { status, metadata, expiresAt } = await sandbox.getInfo();
    assert.deepEqual([status.state, metadata], ['Running', { project }]);
    assert.ok(expiresAt! > new Date());
    assert.deepEqual((await manager.getSandboxInfo(sandbox.id)).createdAt, (await sandbox.getInfo()).createdAt);
  });

  await t.test('its agent opens to its token alone', async () => {
    const { endpoint, headers } = await sandbox.getEndpoint(44772);
    assert.equal((await fetch(`http://${endpoint}/ping`, { headers: headers! })).status, 200);
    assert.equal((await fetch(`http://${endpoint}/ping`)).status, 401);
  });

  await t.test('a port’s address leads to the program that listens there, for as long as was asked for', async () => {
    await sandbox.commands.run(server, { background: true });
    const url = await sandbox.getEndpointUrl(8123);
    await until(async () => (await fetch(url)).ok, 'the program listens');
    assert.equal(await (await fetch(url)).text(), 'served');
    // The SDK asks for this one without the server proxy, whatever the connection says.
    const { endpoint } = await sandbox.getSignedEndpoint(8123, Math.floor(Date.now() / 1000) + 60);
    assert.equal(await (await fetch(`http://${endpoint}`)).text(), 'served');
  });

  await t.test('metrics are the sandbox’s own', async () => {
    for (const metrics of [await sandbox.getMetrics(), await sandbox.metrics.getMetrics()]) {
      assert.deepEqual([metrics.cpuCount, metrics.memoryTotalMiB], [1, 1024]);
      assert.ok(metrics.memoryUsedMiB > 0 && metrics.memoryUsedMiB < 1024);
    }
  });

  await t.test('it is renewed, patched, and listed by its metadata', async () => {
    for (const seconds of [1200, 300]) {
      const { expiresAt } = await sandbox.renew(seconds);
      assert.deepEqual((await sandbox.getInfo()).expiresAt, expiresAt);
    }
    await manager.renewSandbox(sandbox.id, 600);
    assert.deepEqual((await sandbox.patchMetadata({ tier: '1' })).metadata, { project, tier: '1' });
    assert.deepEqual((await manager.patchSandboxMetadata(sandbox.id, { tier: null })).metadata, { project });
    const { items } = await manager.listSandboxInfos({ metadata: { project }, states: ['Running'] });
    assert.deepEqual(
      items.map((item) => item.id),
      [sandbox.id],
    );
  });

  await t.test('it is paused and resumed, by itself, by its id and by the manager', async () => {
    const other = await world.create();
    await other.pause();
    assert.equal((await other.getInfo()).status.state, 'Paused');
    const again = world.seen(await other.resume());
    await again.pause();
    const third = world.seen(await world.Sandbox.resume({ connectionConfig, sandboxId: other.id }));
    assert.equal((await third.commands.run('echo back')).logs.stdout[0]?.text, 'back');
    await manager.pauseSandbox(other.id);
    await refusedWith(manager.pauseSandbox(other.id), 409, 'DOCKER::SANDBOX_NOT_RUNNING');
    await manager.resumeSandbox(other.id);
    await manager.killSandbox(other.id);
    for (const each of [other, again, third]) await each.close();
    await refusedWith(manager.getSandboxInfo(other.id), 404, 'DOCKER::SANDBOX_NOT_FOUND');
    await assert.rejects(world.Sandbox.connect({ connectionConfig, sandboxId: other.id }));
  });

  await t.test('a sandbox is made of another’s snapshot', async () => {
    const snapshot = await manager.createSnapshot(sandbox.id, { name: project });
    await until(async () => (await manager.getSnapshot(snapshot.id)).status.state === 'Ready', 'it is made', 60_000);
    const { items } = await manager.listSnapshots({ sandboxId: sandbox.id });
    assert.deepEqual(
      items.map((item) => item.id),
      [snapshot.id],
    );
    const copy = await world.create({ snapshotId: snapshot.id });
    assert.equal((await copy.getInfo()).snapshotId, snapshot.id);
    await copy.kill();
    await copy.close();
    await manager.deleteSnapshot(snapshot.id);
    await refusedWith(manager.getSnapshot(snapshot.id), 404, 'SNAPSHOT::NOT_FOUND');
  });
}
