import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { collect, readEvents } from '../support/agent.ts';
import { startTestControl } from '../support/control.ts';
import { jsonBody } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { rawRequest } from '../support/raw.ts';
import { refused } from '../support/refused.ts';
import { ada, agent, key, startServer } from '../support/served-workspace.ts';
import { issuers, sendSigned, signedHeaders } from '../support/signing.ts';
import { workspace, workspacePath } from '../support/workspaces.ts';

engineTest('everything of a sandbox is reached through its workspace', async (t) => {
  const control = await startTestControl(t, issuers);
  const id = await startServer(control);
  const pathOf = async () => new URL(await control.port(id, 8000)).pathname.replace(`/sandboxes/${id}`, '');

  await t.test('its agent: commands, streams and files', async () => {
    const response = await control.fetch(`${agent}/command`, jsonBody({ command: 'echo hello; id -u' }));
    assert.equal(collect(await readEvents(response)).stdout, 'hello\n0');
    const signed = await sendSigned(control.url, {
      method: 'POST',
      path: `${agent}/command`,
      body: JSON.stringify({ command: 'echo signed' }),
    });
    assert.equal(collect(await readEvents(signed)).stdout, 'signed');
  });

  await t.test('what is told of it and done to it', async () => {
    const call = async (path: string, init?: RequestInit) => {
      const response = await control.fetch(ada + path, init);
      assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
      return response;
    };
    const endpoint = (await (await call('/endpoints/44772')).json()) as { endpoint: string; headers: object };
    assert.match(endpoint.endpoint, new RegExp(`/sandboxes/${id}/proxy/44772$`));
    const headers = { 'content-type': 'application/merge-patch+json' };
    await call('/metadata', { method: 'PATCH', headers, body: '{"plan": "pro"}' });
    assert.deepEqual((await workspace(control, key)).sandbox?.metadata, { plan: 'pro' });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    assert.deepEqual(await (await call('/renew-expiration', jsonBody({ expiresAt }))).json(), { expiresAt });
    assert.match(await (await call('/diagnostics/events')).text(), /Running/);
    assert.equal((await call('/networkpolicy')).status, 200);
    assert.equal((await call('/proxy/18080/policy')).status, 200);
    const body = '{"defaultAction": "deny"}';
    const put = { method: 'PUT', path: `${ada}/proxy/18080/policy`, body };
    assert.equal((await sendSigned(control.url, put)).status, 200);
    const other = JSON.stringify({ defaultAction: 'allow' });
    await refused(await sendSigned(control.url, put, { body: other }), 'BODY_NOT_AS_SIGNED', 'body');
    const policy = (await (await call('/networkpolicy')).json()) as { mode: string };
    assert.equal(policy.mode, 'deny_all');
  });

  await t.test(
    'a program’s port: by key, by signature, by the secret of its link, and the agent by its token',
    async () => {
      const headers = async (path: string, init?: RequestInit) => {
        const response = await fetch(control.url + path, init);
        assert.equal(response.status, 200, await response.clone().text());
        const answer = (await response.json()) as { path: string; headers: [string, string][] };
        return {
          path: answer.path,
          ...Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value])),
        };
      };
      const byKey: Record<string, string> = await headers(`${ada}/proxy/8000/a%2Fb?x=%20`, {
        headers: { 'open-sandbox-api-key': control.apiKey },
      });
      assert.equal(byKey.path, '/a%2Fb?x=%20');
      assert.equal(byKey['x-forwarded-prefix'], `${ada}/proxy/8000`);
      const path = `${ada}/proxy/8000/headers?y=1`;
      const signed = await headers(path, { headers: { ...signedHeaders({ path }), authorization: 'Basic its-own' } });
      assert.deepEqual(
        Object.keys(signed).filter((name) => /cubby|sandbox|token/.test(name)),
        [],
      );
      assert.equal((signed as Record<string, string>).authorization, 'Basic its-own');
      const byLink: Record<string, string> = await headers(`${ada}${await pathOf()}/`);
      assert.match(byLink['x-forwarded-prefix']!, new RegExp(`^${ada}/ports/[\\w-]+/proxy/8000$`));
      const { token } = await control.agent(id);
      const ping = await fetch(`${control.url}${agent}/ping`, { headers: { 'x-execd-access-token': token } });
      assert.equal(ping.status, 200);
    },
  );

  await t.test('WebSockets, by key, by signature and by link', async () => {
    const path = `${ada}/proxy/8000/ws`;
    for (const [way, headers] of [
      [path, { 'open-sandbox-api-key': control.apiKey }],
      [path, signedHeaders({ path })],
      [`${ada}${await pathOf()}/ws`, {}],
    ] as const) {
      const socket = new WebSocket(control.url.replace('http', 'ws') + way, { headers });
      await once(socket, 'open');
      socket.send('hello');
      const [said] = (await once(socket, 'message')) as [Buffer];
      assert.equal(said.toString(), 'hello');
      socket.close();
      await once(socket, 'close');
    }
    for (const [way, headers, status] of [
      [path, {}, 401],
      [path, signedHeaders({ path: `${path}x` }), 401],
      [`${workspacePath('app:nobody')}/proxy/8000/ws`, {}, 401],
      [`${workspacePath('app:nobody')}/proxy/8000/ws`, { 'open-sandbox-api-key': control.apiKey }, 404],
      ['/v1/workspaces/nobody/proxy/8000/ws', { 'open-sandbox-api-key': control.apiKey }, 400],
    ] as const) {
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket', ...headers };
      assert.equal((await rawRequest(control.url, way, { headers: upgrade })).status, status, way);
    }
  });

  await t.test('a large body is checked while it goes through, and none but the signed one is ever whole', async () => {
    const body = randomBytes(16 * 1024 * 1024);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const signing = { method: 'POST', path: `${ada}/proxy/8000/count`, body };
    assert.deepEqual(await (await sendSigned(control.url, signing)).json(), { bytes: body.length, sha256 });
    const unsigned = await sendSigned(control.url, { ...signing, hash: 'UNSIGNED-PAYLOAD' });
    assert.deepEqual(await unsigned.json(), { bytes: body.length, sha256 });
    const changed = Buffer.from(body);
    changed[5]! ^= 1;
    await refused(await sendSigned(control.url, signing, { body: changed }), 'BODY_NOT_AS_SIGNED', 'body');
    // The agent writes what is whole, and nothing else.
    const write = `mkdir -p /up; cat > /up/x`;
    const form = JSON.stringify({ command: write });
    const other = JSON.stringify({ command: 'touch /stolen' });
    const command = { method: 'POST', path: `${agent}/command`, body: form };
    await refused(await sendSigned(control.url, command, { body: other }), 'BODY_NOT_AS_SIGNED', 'body');
    const look = await (await control.agent(id)).run('ls /stolen');
    assert.notEqual(look.exitCode, 0);
  });

  await t.test('who has nothing that opens it is not told whether it is there', async () => {
    const answers = await Promise.all(
      [ada, workspacePath('app:nobody')].flatMap((base) =>
        [
          '/proxy/8000/',
          '/proxy/44772/ping',
          '/ports/wrong/proxy/8000/',
          '/endpoints/80',
          '/proxy/18080/policy',
          '',
        ].map(async (below) => {
          const response = await fetch(control.url + base + below);
          return [below, response.status, ((await response.json()) as { code: string }).code].join(' ');
        }),
      ),
    );
    assert.deepEqual(answers.slice(0, 6), answers.slice(6));
    for (const answer of answers) assert.match(answer, / 401 /);
  });

  await t.test('no path leads out of it', async () => {
    const stranger = await control.create();
    const headers = { 'open-sandbox-api-key': control.apiKey };
    for (const below of [
      `/../${stranger.id}/diagnostics/events`,
      `/%2e%2e/${stranger.id}/diagnostics/events`,
      `/..%2f${stranger.id}/diagnostics/events`,
      `//sandboxes/${stranger.id}`,
      '/',
      '/nothing',
      '/reset',
    ]) {
      const { status, text } = await rawRequest(control.url, ada + below, { headers });
      assert.deepEqual([status, (JSON.parse(text) as { code: string }).code], [404, 'ROUTE_NOT_FOUND'], below);
    }
  });
});
