import assert from 'node:assert/strict';
import type { PolicyStatus } from '../../shared/api/policies.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

const json = { 'content-type': 'application/json' };
const allow = (target: string) => ({ action: 'allow', target });
const deny = (target: string) => ({ action: 'deny', target });

engineTest('a sandbox that was given no policy may reach what isn’t closed, and can be given one', async (t) => {
  const control = await startTestControl(t);
  for (const networkPolicy of [undefined, {}, { defaultAction: null }]) {
    const { id } = await control.create({ networkPolicy });
    const path = `/v1/sandboxes/${id}/proxy/18080/policy`;
    const { mode, policy } = (await (await control.fetch(path)).json()) as PolicyStatus;
    assert.equal(mode, 'allow_all');
    assert.deepEqual(policy, { defaultAction: 'allow', egress: [] });
    const body = JSON.stringify([deny('*.bad.example')]);
    const patched = (await (
      await control.fetch(path, { method: 'PATCH', headers: json, body })
    ).json()) as PolicyStatus;
    assert.deepEqual(patched.policy, { defaultAction: 'allow', egress: [deny('*.bad.example')] });
    await control.delete(id);
  }
});

engineTest('a create with a rule that can’t be kept is refused with the rule’s place', async (t) => {
  const control = await startTestControl(t);
  const post = (networkPolicy: object, more: object = {}) =>
    control.post('/v1/sandboxes', {
      image: { uri: 'cubby/busybox:test' },
      entrypoint: ['sleep', '9'],
      networkPolicy,
      ...more,
    });
  const at = (field: string) => `networkPolicy.${field}`;
  await refused(
    await post({ egress: [allow('a.example'), allow('a b')] }),
    'SANDBOX::INVALID_PARAMETER',
    at('egress[1].target'),
  );
  await refused(
    await post({ egress: [{ action: 'x', target: 'a.example' }] }),
    'SANDBOX::INVALID_PARAMETER',
    at('egress[0].action'),
  );
  await refused(await post({ defaultAction: 'x' }), 'SANDBOX::INVALID_PARAMETER', at('defaultAction'));
  await refused(
    await post({ defaultAction: 'deny' }, { credentialProxy: { enabled: true } }),
    'SANDBOX::API_NOT_SUPPORTED',
    'credentialProxy',
  );
  const list = (await (await control.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
  assert.deepEqual(list.items, []);
});

engineTest(
  'where sandboxes have no network a policy is kept, and it is said that there is nothing to enforce',
  async (t) => {
    const control = await startTestControl(t, { 'network.enabled': 'false' });
    const { id } = await control.create({ networkPolicy: { egress: [allow('a.example')] } });
    const path = `/v1/sandboxes/${id}/proxy/18080/policy`;
    const { reason, policy } = (await (await control.fetch(path)).json()) as PolicyStatus;
    assert.match(reason!, /no network/);
    assert.deepEqual(policy.egress, [allow('a.example')]);
    const body = JSON.stringify([allow('b.example')]);
    const patched = (await (
      await control.fetch(path, { method: 'PATCH', headers: json, body })
    ).json()) as PolicyStatus;
    assert.equal(patched.policy.egress.length, 2);
  },
);
