import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { rawRequest } from '../support/raw.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

engineTest('every request brings a key, and every answer an id', async (t) => {
  const metricsKey = 'a-key-for-metrics-only';
  const control = await startTestControl(t, { 'server.metrics_key': metricsKey });
  const { id } = await control.create();
  const routes: [string, string][] = [
    ['GET', '/sandboxes'],
    ['POST', '/sandboxes'],
    ['GET', `/sandboxes/${id}`],
    ['DELETE', `/sandboxes/${id}`],
    ['POST', `/sandboxes/${id}/renew-expiration`],
    ['GET', `/sandboxes/${id}/diagnostics/logs`],
    ['GET', `/sandboxes/${id}/endpoints/44772`],
    ['GET', '/sandboxes/nobody'],
  ];
  const everywhere = [...routes, ...routes.map(([method, path]): [string, string] => [method, `/v1${path}`])];

  await t.test('without one every route is shut', async () => {
    for (const [method, path] of [...everywhere, ['GET', '/metrics'] as const]) {
      const response = await fetch(`${control.url}${path}`, { method });
      const { expected } = await refused(response, 'MISSING_API_KEY', 'open-sandbox-api-key');
      assert.equal(expected, 'an API key');
    }
  });

  await t.test('a wrong one opens nothing, and neither do a sandbox’s token and the key for metrics', async () => {
    const { token } = await control.agent(id);
    for (const [method, path] of everywhere) {
      for (const key of ['x', `${control.apiKey}x`, control.apiKey.slice(1), '', token, metricsKey]) {
        for (const headers of [{ 'open-sandbox-api-key': key }, { authorization: `Bearer ${key || 'x'}` }]) {
          const response = await fetch(`${control.url}${path}`, { method, headers });
          await refused(response, 'INVALID_API_KEY', 'open-sandbox-api-key');
        }
      }
      const inToken = await fetch(`${control.url}${path}`, {
        method,
        headers: { 'x-execd-access-token': control.apiKey },
      });
      await refused(inToken, 'MISSING_API_KEY', 'open-sandbox-api-key');
    }
    assert.equal((await control.get(id)).status.state, 'Running');
  });

  await t.test('the right one does, in either header', async () => {
    const right: Record<string, string>[] = [
      { 'Open-Sandbox-API-Key': control.apiKey },
      { authorization: `Bearer ${control.apiKey}` },
      { authorization: `bearer ${control.apiKey}` },
    ];
    for (const headers of right) {
      assert.equal((await fetch(`${control.url}/v1/sandboxes`, { headers })).status, 200);
    }
  });

  await t.test('health needs none', async () => {
    const response = await fetch(`${control.url}/health`);
    assert.deepEqual([response.status, await response.json()], [200, { status: 'healthy' }]);
  });

  await t.test('a request id is given back, and made where there is none, in success and in failure', async () => {
    const paths = ['/health', '/v1/sandboxes', `/v1/sandboxes/${id}`, '/v1/sandboxes/nobody', '/nowhere', '/v1/%zz'];
    const agent = `/sandboxes/${id}/proxy/44772`;
    const made = new Set<string>();
    for (const path of [...paths, `${agent}/ping`, `${agent}/nowhere`, `/sandboxes/${id}/proxy/4x`]) {
      const own = await control.fetch(path, { headers: { 'x-request-id': 'the-id/of:mine 1' } });
      assert.equal(own.headers.get('x-request-id'), 'the-id/of:mine 1', path);
      made.add((await control.fetch(path)).headers.get('x-request-id') ?? path);
    }
    assert.equal(made.size, 9);
    for (const one of made) assert.match(one, /^[0-9a-f-]{36}$/);
    const long = await control.fetch('/health', { headers: { 'x-request-id': 'x'.repeat(10_000) } });
    assert.match(long.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  await t.test('a stream, an upgrade, what an upgrade is refused with and what is no HTTP have one too', async () => {
    const agent = await control.agent(id);
    const headers = { 'x-request-id': 'mine', 'content-type': 'application/json' };
    const body = JSON.stringify({ command: 'true' });
    const stream = await agent.fetch('/command', { method: 'POST', headers, body });
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    assert.equal(stream.headers.get('x-request-id'), 'mine');
    await stream.text();

    // As a program of the user's would agree to another protocol.
    const agreement = 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n';
    await agent.background(`printf '${agreement}' | nc -l -p 9000`);
    await until(async () => (await agent.run('grep -qi :2328 /proc/net/tcp*')).exitCode === 0, 'somebody listens');
    const upgrade = { connection: 'Upgrade', upgrade: 'echo', 'x-request-id': 'mine' };
    const port = new URL(await control.port(id, 9000));
    const agreed = Promise.withResolvers<IncomingMessage>();
    const sent = request(port, { headers: upgrade, agent: false });
    sent.once('upgrade', (answer, socket) => {
      socket.destroy();
      agreed.resolve(answer);
    });
    sent.once('response', agreed.resolve).once('error', agreed.reject).end();
    const { statusCode, headers: answered } = await agreed.promise;
    assert.deepEqual([statusCode, answered['x-request-id']], [101, 'mine']);

    const refusal = await rawRequest(control.url, port.pathname.replace(/9000$/, '9001'), { headers: upgrade });
    assert.deepEqual([refusal.status, refusal.headers['x-request-id']], [401, 'mine']);

    const { hostname, port: number } = new URL(control.url);
    const socket = connect(Number(number), hostname);
    socket.end('this is no HTTP\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.match(text, /^HTTP\/1\.1 400 .*\r\nx-request-id: [0-9a-f-]{36}\r\n.*"code":"INVALID_PARAMETER"/s);
  });

  await t.test('a client that would rather speak HTTP/2 is answered as any other', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
    for (const path of ['/health', '/v1/sandboxes', `/sandboxes/${id}/proxy/44772/ping`]) {
      const sent = request(`${control.url}${path}`, {
        headers: { ...headers, 'open-sandbox-api-key': control.apiKey },
      });
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      sent.once('response', (answer) => resolve(answer.resume().statusCode)).once('error', reject);
      sent.end();
      assert.equal(await promise, 200, path);
    }
  });
});
