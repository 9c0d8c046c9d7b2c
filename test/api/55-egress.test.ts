import assert from 'node:assert/strict';
import type { PolicyStatus } from '../../shared/api/policies.ts';
import { startTestControl } from '../support/control.ts';
import type { EndpointAnswer } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

const allow = (target: string) => ({ action: 'allow', target });
const deny = (target: string) => ({ action: 'deny', target });

engineTest('the network policy of a sandbox is seen and changed at its port 18080', async (t) => {
  const control = await startTestControl(t);
  const networkPolicy = { defaultAction: 'deny', egress: [allow('Example.com'), deny('*.example.com')] };
  const { id } = await control.create({ networkPolicy });
  const { endpoint, headers } = (await (
    await control.fetch(`/v1/sandboxes/${id}/endpoints/18080`)
  ).json()) as EndpointAnswer;
  const call = (method: string, body?: unknown, more: Record<string, string> = headers!, path = '/policy') =>
    fetch(`http://${endpoint}${path}`, {
      method,
      headers: { ...more, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const status = async (response: Response) => {
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text) as PolicyStatus;
  };

  await t.test('its endpoint comes with a secret of its own, which opens nothing else', async () => {
    assert.deepEqual(Object.keys(headers!), ['OPENSANDBOX-EGRESS-AUTH']);
    const secret = headers!['OPENSANDBOX-EGRESS-AUTH']!;
    assert.match(secret, /^[\w-]{43}$/);
    const agent = await control.agent(id);
    assert.notEqual(agent.token, secret);
    const withSecret = { 'x-execd-access-token': secret, 'OPENSANDBOX-EGRESS-AUTH': secret };
    await refused(
      await fetch(`http://${agent.endpoint}/ping`, { headers: withSecret }),
      'INVALID_ACCESS_TOKEN',
      'x-execd-access-token',
    );
  });

  await t.test(
    'the secret or an API key open it; the agent’s token, which root in the sandbox can read, doesn’t',
    async () => {
      const { token } = await control.agent(id);
      await status(await call('GET'));
      await status(await call('GET', undefined, { 'open-sandbox-api-key': control.apiKey }));
      await status(await control.fetch(`/sandboxes/${id}/proxy/18080/policy`));
      const other = await control.create();
      const theirs = (await (
        await control.fetch(`/v1/sandboxes/${other.id}/endpoints/18080`)
      ).json()) as EndpointAnswer;
      const wrong = [
        {},
        { 'x-execd-access-token': token },
        { 'OPENSANDBOX-EGRESS-AUTH': token },
        { 'OPENSANDBOX-EGRESS-AUTH': '' },
        theirs.headers!,
      ];
      for (const given of wrong) {
        for (const method of ['GET', 'PUT', 'DELETE']) {
          await refused(
            await call(method, method === 'GET' ? undefined : [], given),
            'INVALID_ACCESS_TOKEN',
            'OPENSANDBOX-EGRESS-AUTH',
          );
        }
      }
    },
  );

  await t.test('it is what the sandbox was created with', async () => {
    assert.deepEqual(await status(await call('GET')), {
      status: 'ok',
      mode: 'enforcing',
      enforcementMode: 'dns+nft',
      policy: networkPolicy,
    });
  });

  await t.test('PATCH puts rules in front, in place of those for the same target', async () => {
    const { policy } = await status(
      await call('PATCH', [deny('blocked.com'), allow('*.EXAMPLE.com'), deny('*.example.com')]),
    );
    assert.deepEqual(policy.egress, [deny('blocked.com'), allow('*.EXAMPLE.com'), allow('Example.com')]);
    assert.equal(policy.defaultAction, 'deny');
    assert.deepEqual((await status(await call('GET'))).policy, policy);
  });

  await t.test('DELETE takes rules out; once more changes nothing', async () => {
    for (let n = 0; n < 2; n += 1) {
      const { policy } = await status(await call('DELETE', ['blocked.com', 'example.COM.', 'absent.org']));
      assert.deepEqual(policy.egress, [allow('*.EXAMPLE.com')]);
    }
  });

  await t.test('PUT and POST replace it, with an empty body by one that denies all', async () => {
    const next = { defaultAction: 'allow', egress: [deny('11.22.0.0/16')] };
    assert.deepEqual((await status(await call('PUT', next))).policy, next);
    for (const body of ['', '{}', 'null']) {
      await status(await call('PUT', next));
      const answer = await status(await call('POST', body));
      assert.equal(answer.mode, 'deny_all');
      assert.ok(answer.reason);
      assert.deepEqual(answer.policy, { defaultAction: 'deny', egress: [] });
    }
    // As curl sends it.
    const form = { ...headers!, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`http://${endpoint}/policy`, {
      method: 'POST',
      headers: form,
      body: JSON.stringify({ egress: [] }),
    });
    assert.equal((await status(response)).mode, 'deny_all');
    assert.equal((await status(await call('PUT', { defaultAction: 'allow' }))).mode, 'allow_all');
  });

  await t.test('what is wrong with a rule is told with its place, and nothing is changed', async () => {
    const before = await status(await call('GET'));
    const bad = [
      ['PATCH', [allow('a.example'), allow('https://a.example')], 'egress[1].target'],
      ['PATCH', [{ action: 'block', target: 'a.example' }], 'egress[0].action'],
      ['PUT', { egress: [allow('*')] }, 'egress[0].target'],
      ['PUT', { defaultAction: 'maybe' }, 'defaultAction'],
      ['PUT', { egress: Array.from({ length: 4097 }, (_, n) => allow(`n${n}.example`)) }, 'egress'],
      ['PATCH', [], 'body'],
      ['DELETE', [], 'body'],
      ['PATCH', { egress: [allow('a.example')] }, 'body'],
      ['PUT', '{', 'body'],
    ] as const;
    for (const [method, body, field] of bad) await refused(await call(method, body), 'INVALID_REQUEST_BODY', field);
    assert.deepEqual(await status(await call('GET')), before);
  });

  await t.test('it says that it is well, without a secret', async () => {
    const response = await call('GET', undefined, {}, '/healthz');
    assert.equal(response.status, 200);
    assert.equal(await response.text(), 'ok');
  });

  await t.test('there is no credential vault, and nothing else at that port', async () => {
    for (const path of ['', '/credentials', '/credentials/a', '/bindings', '/bindings/b']) {
      await refused(await call('GET', undefined, headers!, `/credential-vault${path}`), 'NOT_SUPPORTED');
    }
    for (const method of ['POST', 'PATCH']) {
      await refused(
        await call(method, { credentials: [], bindings: [] }, headers!, '/credential-vault'),
        'NOT_SUPPORTED',
      );
    }
    await refused(await call('DELETE', undefined, headers!, '/credential-vault'), 'NOT_SUPPORTED');
    await refused(await call('GET', undefined, headers!, '/credential-vault'), 'NOT_SUPPORTED');
    for (const path of ['', '/', '/ping', '/policy/more', '/command']) {
      await refused(await control.fetch(`/v1/sandboxes/${id}/proxy/18080${path}`), 'ROUTE_NOT_FOUND');
    }
  });

  await t.test('an API key changes it at /networkpolicy as well', async () => {
    const path = `/v1/sandboxes/${id}/networkpolicy`;
    const put = await control.fetch(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ egress: [allow('a.example')] }),
    });
    assert.deepEqual((await status(put)).policy, { defaultAction: 'deny', egress: [allow('a.example')] });
    assert.deepEqual((await status(await control.fetch(path))).policy, (await status(await call('GET'))).policy);
    await refused(
      await fetch(`${control.url}${path}`, { headers: headers! }),
      'MISSING_API_KEY',
      'open-sandbox-api-key',
    );
  });

  await t.test('changes at the same time come one after the other, and none is lost', async () => {
    await status(await call('PUT', { defaultAction: 'deny' }));
    await Promise.all(Array.from({ length: 8 }, async (_, n) => status(await call('PATCH', [allow(`n${n}.example`)]))));
    const { policy } = await status(await call('GET'));
    assert.deepEqual(
      policy.egress.map(({ target }) => target).sort(),
      Array.from({ length: 8 }, (_, n) => `n${n}.example`),
    );
  });

  await t.test('it is there while the sandbox is paused, and gone with it', async () => {
    assert.equal((await control.post(`/v1/sandboxes/${id}/pause`, {})).status, 202);
    assert.equal(
      (await status(await call('PUT', { defaultAction: 'deny', egress: [allow('p.example')] }))).mode,
      'enforcing',
    );
    assert.equal((await control.post(`/v1/sandboxes/${id}/resume`, {})).status, 202);
    assert.deepEqual((await status(await call('GET'))).policy.egress, [allow('p.example')]);
    await control.delete(id);
    await refused(
      await call('GET', undefined, { 'open-sandbox-api-key': control.apiKey }),
      'DOCKER::SANDBOX_NOT_FOUND',
      'sandboxId',
    );
    await refused(await call('GET', undefined, {}, '/healthz'), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });
});
