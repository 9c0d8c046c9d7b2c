import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import type { EndpointAnswer } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { wrongPorts } from '../support/ports.ts';
import { refused } from '../support/refused.ts';

engineTest('GET /sandboxes/{id}/endpoints/{port} says where a port is reached, and with what', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { id } = await control.create();
  const endpoint = async (port: number, prefix = '/v1') => {
    const response = await control.fetch(`${prefix}/sandboxes/${id}/endpoints/${port}`);
    assert.equal(response.status, 200);
    return (await response.json()) as EndpointAnswer;
  };
  const { host } = new URL(control.url);

  await t.test('the agent’s ports come with a token of this sandbox alone', async () => {
    const { endpoint: address, headers } = await endpoint(44772);
    // No scheme, and an end that OpenSandbox’s clients recognise.
    assert.equal(address, `${host}/sandboxes/${id}/proxy/44772`);
    assert.deepEqual(Object.keys(headers!), ['x-execd-access-token']);
    assert.match(headers!['x-execd-access-token']!, /^[\w-]{43}$/);
    assert.equal((await fetch(`http://${address}/ping`, { headers: headers! })).status, 200);
    const other = await control.create();
    assert.notEqual((await control.agent(other.id)).token, headers!['x-execd-access-token']);
    await control.delete(other.id);
  });

  await t.test('a port of the user’s own has a secret in its path and wants no header', async () => {
    const answer = await endpoint(8000);
    assert.ok(!('headers' in answer));
    const [, secret] = new RegExp(`^${host}/sandboxes/${id}/ports/([\\w-]{32})/proxy/8000$`).exec(answer.endpoint)!;
    const other = (await endpoint(3000)).endpoint;
    assert.ok(!other.includes(secret!), 'another port has another');
    assert.match(other, new RegExp(`^${host}/sandboxes/${id}/ports/[\\w-]{32}/proxy/3000$`));
    assert.deepEqual(await endpoint(8000, ''), answer);
    const response = await control.fetch(`/v1/sandboxes/${id}/endpoints/8000?use_server_proxy=true`);
    assert.deepEqual(await response.json(), answer);
  });

  await t.test('a link to a port may have an end', async () => {
    const ask = (query: string, port = 8000) => control.fetch(`/v1/sandboxes/${id}/endpoints/${port}?${query}`);
    const soon = Math.floor(Date.now() / 1000) + 3600;
    const answer = (await (await ask(`expires=${soon}`)).json()) as EndpointAnswer;
    assert.match(
      answer.endpoint,
      new RegExp(`^${host}/sandboxes/${id}/ports/[\\w-]{32}-${soon.toString(36)}/proxy/8000$`),
    );
    assert.deepEqual(await (await ask(`expires=${soon}`)).json(), answer);
    const wrong = [
      '',
      '0',
      '-1',
      '1.5',
      '1e12',
      '0x1',
      'soon',
      String(soon - 7200),
      `0${soon}`,
      '9'.repeat(16),
      '9'.repeat(21),
    ];
    for (const expires of wrong)
      await refused(await ask(`expires=${expires}`), 'SANDBOX::INVALID_PARAMETER', 'expires');
    await refused(await ask(`expires=${soon}&use_server_proxy=true`), 'SANDBOX::INVALID_PARAMETER', 'expires');
    assert.equal((await ask(`expires=${soon}&use_server_proxy=false`)).status, 200);
    await refused(await ask(`expires=${soon}`, 44772), 'SANDBOX::INVALID_PARAMETER', 'expires');
  });

  await t.test('a port has one spelling', async () => {
    for (const port of wrongPorts) {
      const response = await control.fetch(`/v1/sandboxes/${id}/endpoints/${port}`);
      await refused(response, 'INVALID_PORT', 'port');
    }
  });

  await t.test('a sandbox that there is not has none', async () => {
    const response = await control.fetch('/v1/sandboxes/nobody/endpoints/44772');
    await refused(response, 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });

  await t.test('it stays what it is, over a renewal and a restart', async () => {
    const before = [await endpoint(44772), await endpoint(8000)].map(withoutHost);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    assert.equal((await control.post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt })).status, 200);
    assert.deepEqual([await endpoint(44772), await endpoint(8000)].map(withoutHost), before);
    await control.control.close();
    const next = await lives.open();
    const after = await Promise.all(
      [44772, 8000].map(async (port) => (await next.fetch(`/sandboxes/${id}/endpoints/${port}`)).json()),
    );
    assert.deepEqual((after as EndpointAnswer[]).map(withoutHost), before);
    assert.equal((await (await next.agent(id)).fetch('/ping')).status, 200);
  });
});

engineTest('endpoints name the public host where there is one, and otherwise the host of the request', async (t) => {
  const control = await startTestControl(t, { 'server.public_host': 'cubby.example.com:8443' });
  const { id } = await control.create();
  const { endpoint } = (await (await control.fetch(`/v1/sandboxes/${id}/endpoints/44772`)).json()) as EndpointAnswer;
  assert.equal(endpoint, `cubby.example.com:8443/sandboxes/${id}/proxy/44772`);
});

function withoutHost({ endpoint, headers }: EndpointAnswer): EndpointAnswer {
  return { endpoint: endpoint.slice(endpoint.indexOf('/')), ...(headers && { headers }) };
}
