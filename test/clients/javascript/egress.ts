import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Egress } from '@alibaba-group/opensandbox';
import { refusedWith, type World } from './world.ts';

/** Claims about network policies, and about what is not to be had. */
export async function egressClaims(t: TestContext, { sandbox }: World): Promise<void> {
  await t.test('its network policy is seen and changed, by both names of the service', async () => {
    assert.deepEqual(await sandbox.getEgressPolicy(), { defaultAction: 'allow', egress: [] });
    await sandbox.patchEgressRules([{ action: 'deny', target: 'example.com' }]);
    const vault = sandbox.credentialVault as unknown as VaultAndEgress;
    await vault.patchRules([{ action: 'deny', target: 'example.org' }]);
    const targets = async () => (await vault.getPolicy()).egress?.map(({ target }) => target);
    assert.deepEqual(await targets(), ['example.org', 'example.com']);
    await sandbox.deleteEgressRules(['example.org']);
    await vault.deleteRules(['example.com']);
    assert.deepEqual(await targets(), []);
  });

  await t.test('credentials are not put into its traffic, and every call says so', async () => {
    const vault = sandbox.credentialVault;
    for (const call of [
      () => vault.create({ credentials: [], bindings: [] }),
      () => vault.get(),
      () => vault.patch({}),
      () => vault.delete(),
      () => vault.listCredentials(),
      () => vault.getCredential('token'),
      () => vault.listBindings(),
      () => vault.getBinding('api'),
    ]) {
      await refusedWith(call(), 501, 'NOT_SUPPORTED');
    }
  });

  await t.test('there are no isolated sessions within it, and every call says so', async () => {
    const { isolation } = sandbox;
    const { available, message } = await isolation.capabilities();
    assert.deepEqual([available, message?.includes('sandbox of their own')], [false, true]);
    const request = { workspace: { path: '/tmp' } };
    for (const call of [
      () => isolation.create(request),
      () => isolation.attach('id'),
      () => isolation.list(),
      () => isolation.runOnce('id', '/tmp'),
      () => isolation.withSession(request, async () => {}),
    ]) {
      await assert.rejects(call(), /501.*NOT_SUPPORTED.*sandbox of their own/);
    }
  });
}

type VaultAndEgress = Pick<Egress, 'getPolicy' | 'patchRules' | 'deleteRules'>;
