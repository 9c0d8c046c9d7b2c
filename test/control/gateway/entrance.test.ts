import assert from 'node:assert/strict';
import { startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';
import { wrongPorts } from '../../support/ports.ts';
import { rawRequest } from '../../support/raw.ts';

engineTest('nobody gets into a sandbox by a way that was not meant for him', async (t) => {
  const control = await startTestControl(t);
  const [mine, theirs] = await Promise.all([control.create(), control.create()]);
  const [own, sibling] = [await control.agent(mine.id), await control.agent(theirs.id)];
  const secretOf = async (id: string) => /ports\/([\w-]+)\//.exec(await control.port(id, 80))![1]!;
  const [ownSecret, siblingSecret] = [await secretOf(mine.id), await secretOf(theirs.id)];
  const everything = { 'x-execd-access-token': own.token, 'open-sandbox-api-key': control.apiKey };
  const ask = (path: string, headers: Record<string, string> = {}) => rawRequest(control.url, path, { headers });

  await t.test('a token opens its own sandbox, not a sibling’s, and not by way of a sibling’s', async () => {
    const opened = async (id: string, token: string) =>
      (await ask(`/sandboxes/${id}/proxy/44772/ping`, { 'x-execd-access-token': token })).status;
    assert.deepEqual([await opened(mine.id, own.token), await opened(theirs.id, sibling.token)], [200, 200]);
    assert.deepEqual([await opened(mine.id, sibling.token), await opened(theirs.id, own.token)], [401, 401]);
    // The agent itself tells them apart too: a port of one's own is not the other's agent.
    const detour = await ask(`/sandboxes/${mine.id}/proxy/44772/sandboxes/${theirs.id}/proxy/44772/ping`, everything);
    assert.equal(detour.status, 404);
    assert.equal((await ask(`/sandboxes/${theirs.id}/ports/${ownSecret}/proxy/80/`)).status, 401);
    assert.equal((await ask(`/sandboxes/${mine.id}/ports/${siblingSecret}/proxy/80/`)).status, 401);
  });

  await t.test('neither token nor secret opens the life of sandboxes', async () => {
    for (const key of [own.token, ownSecret]) {
      for (const [method, path] of [
        ['GET', '/v1/sandboxes'],
        ['DELETE', `/v1/sandboxes/${mine.id}`],
        ['POST', `/sandboxes/${mine.id}/renew-expiration`],
        ['GET', `/sandboxes/${mine.id}/endpoints/44772`],
      ] as const) {
        const headers = { 'x-execd-access-token': key, 'open-sandbox-api-key': key, authorization: `Bearer ${key}` };
        const { status, text } = await rawRequest(control.url, path, { method, headers });
        assert.deepEqual([status, JSON.parse(text).code], [401, 'INVALID_API_KEY'], path);
      }
    }
  });

  await t.test('the agent can’t be come by with a secret that was meant for a port', async () => {
    for (const [port, expected] of [
      [44772, 401],
      [18080, 404],
    ]) {
      const { status } = await ask(`/sandboxes/${mine.id}/ports/${ownSecret}/proxy/${port}/ping`);
      assert.equal(status, expected);
    }
  });

  await t.test('a port has one spelling, whoever asks', async () => {
    for (const port of wrongPorts) {
      for (const way of [`/sandboxes/${mine.id}/proxy`, `/v1/sandboxes/${mine.id}/ports/${ownSecret}/proxy`]) {
        for (const rest of ['', '/', '/ping', '?a=b']) {
          const { status, text } = await ask(`${way}/${port}${rest}`, everything);
          assert.deepEqual([status, JSON.parse(text).code], [400, 'INVALID_PORT'], `${way}/${port}${rest}: ${text}`);
        }
      }
    }
  });

  await t.test('no detour in a path leads anywhere else', async () => {
    const base = `/sandboxes/${mine.id}/proxy`;
    const nowhere = [
      base,
      `${base}/`,
      `${base}//44772/ping`,
      `${base}/./44772/ping`,
      `/sandboxes/${theirs.id}/../${mine.id}/proxy/44772/ping`,
      `/sandboxes/../sandboxes/${mine.id}/proxy/44772/ping`,
      `/sandboxes/${mine.id}/%70roxy/44772/ping`,
      `/sandboxes/${mine.id}%2Fproxy%2F44772%2Fping`,
      `/sandboxes/${mine.id}/proxy%2F44772/ping`,
      `/sandboxes//proxy/44772/ping`,
      `/sandboxes/${mine.id}/ports//proxy/80/`,
      `/sandboxes/${mine.id}/ports/proxy/80/`,
      `/SANDBOXES/${mine.id}/proxy/44772/ping`,
      `/v1/v1/sandboxes/${mine.id}/proxy/44772/ping`,
      `/v1//sandboxes/${mine.id}/proxy/44772/ping`,
      `\\sandboxes\\${mine.id}\\proxy\\44772`,
    ];
    for (const path of nowhere) {
      const { status, text } = await ask(path, everything);
      assert.ok(status === 404 || status === 400, `${path}: ${status} ${text}`);
      assert.match(text, /"code":"[A-Z_:]+"|Client Error/, path);
    }
    for (const id of [`${mine.id}x`, mine.id.slice(1), mine.id.toUpperCase(), '..', '%2e%2e', "'", 'x'.repeat(101)]) {
      const { status } = await ask(`/sandboxes/${id}/proxy/44772/ping`, everything);
      assert.ok(status === 404 || status === 400, `${id}: ${status}`);
    }
  });

  await t.test('what stands behind the port goes to the receiver as it is, and can’t climb out of it', async () => {
    const base = `/sandboxes/${mine.id}/proxy/44772`;
    for (const path of ['/../../../v1/sandboxes', '/%2e%2e/%2e%2e/health', '/./ping', '//ping', '/ping/..', '/%zz']) {
      const { status, text } = await ask(base + path, everything);
      // It is the agent that says so: control's own list or health would be something else.
      assert.ok(status === 404 || status === 400, `${path}: ${status} ${text}`);
    }
    assert.equal((await ask(`http://elsewhere.example${base}/ping`, everything)).status, 404);
  });
});
