import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { smallImage } from '../../support/control.ts';
import { until } from '../../support/until.ts';
import { refusedWith, type World } from './world.ts';

/** Claims about the service below the SDK's classes, which it offers as well. */
export async function serviceClaims(t: TestContext, { sandbox: { sandboxes }, project }: World): Promise<void> {
  await t.test('the service below does all of it, too', async () => {
    const { id } = await sandboxes.createSandbox({
      image: { uri: smallImage },
      entrypoint: ['sleep', '1000'],
      resourceLimits: { cpu: '1', memory: '128Mi' },
      metadata: { project: `${project}-service` },
      timeout: 300,
    });
    assert.equal((await sandboxes.getSandbox(id)).id, id);
    assert.equal((await sandboxes.patchSandboxMetadata(id, { tier: '2' })).metadata?.['tier'], '2');
    const { items } = await sandboxes.listSandboxes({ metadata: { tier: '2' } });
    assert.deepEqual(
      items.map((item) => item.id),
      [id],
    );
    const expiresAt = new Date(Date.now() + 900_000).toISOString();
    assert.deepEqual((await sandboxes.renewSandboxExpiration(id, { expiresAt })).expiresAt, new Date(expiresAt));
    await sandboxes.pauseSandbox(id);
    await sandboxes.resumeSandbox(id);
    const { endpoint } = await sandboxes.getSandboxEndpoint(id, 8000);
    sandboxes.invalidateEndpointCache?.(id);
    assert.equal((await sandboxes.getSandboxEndpoint(id, 8000)).endpoint, endpoint);
    const signed = await sandboxes.getSignedEndpoint(id, 8000, Math.floor(Date.now() / 1000) + 60);
    assert.notEqual(signed.endpoint, endpoint);

    const snapshot = await sandboxes.createSnapshot(id);
    const state = async () => (await sandboxes.getSnapshot(snapshot.id)).status.state;
    await until(async () => (await state()) === 'Ready', 'the snapshot is made', 60_000);
    assert.equal((await sandboxes.listSnapshots({ sandboxId: id })).pagination?.totalItems, 1);
    await sandboxes.deleteSnapshot(snapshot.id);
    await sandboxes.deleteSandbox(id);
    await refusedWith(sandboxes.getSandbox(id), 404, 'DOCKER::SANDBOX_NOT_FOUND');
  });
}
