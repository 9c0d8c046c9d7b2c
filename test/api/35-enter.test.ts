import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

engineTest('an endpoint is the way into a sandbox', async (t) => {
  const control = await startTestControl(t, { 'server.metrics_key': 'a-key-for-metrics-only' });
  const { id } = await control.create({ entrypoint: ['/bin/sh', '-c', 'cd /bin && exec httpd -f -p 8000'] });
  const agent = await control.agent(id);
  const way = `${control.url}/sandboxes/${id}/proxy/44772/ping`;
  const ask = (headers: Record<string, string>, url = way) => fetch(url, { headers });
  const status = async (url: string) => (await fetch(url, { method: 'HEAD' })).status;
  const served = `${await control.port(id, 8000)}/busybox`;
  await until(async () => (await status(served)) === 200, 'the program listens');

  await t.test('the agent is opened by its token, or by the API key, in either of its headers', async () => {
    assert.equal((await ask({ 'x-execd-access-token': agent.token })).status, 200);
    assert.equal((await ask({ 'open-sandbox-api-key': control.apiKey })).status, 200);
    assert.equal((await ask({ authorization: `Bearer ${control.apiKey}` })).status, 200);
    assert.equal(
      (await ask({ 'x-execd-access-token': agent.token }, way.replace('/sandboxes', '/v1/sandboxes'))).status,
      200,
    );
  });

  await t.test('nothing else opens it', async () => {
    const wrong: Record<string, string>[] = [
      {},
      { 'x-execd-access-token': '' },
      { 'x-execd-access-token': `${agent.token}x` },
      { 'x-execd-access-token': agent.token.slice(0, -1) },
      { 'x-execd-access-token': agent.token.toUpperCase() },
      { authorization: `Bearer ${agent.token}` },
      { 'open-sandbox-api-key': agent.token },
      { 'open-sandbox-api-key': 'a-key-for-metrics-only' },
      { authorization: `Basic ${btoa(`x:${control.apiKey}`)}` },
    ];
    for (const headers of wrong) {
      await refused(await ask(headers), 'INVALID_ACCESS_TOKEN', 'x-execd-access-token');
    }
    const inQuery = `${way}?x-execd-access-token=${agent.token}&open-sandbox-api-key=${control.apiKey}`;
    await refused(await ask({}, inQuery), 'INVALID_ACCESS_TOKEN', 'x-execd-access-token');
  });

  await t.test('a port of the user’s own is opened by the secret in its path alone', async () => {
    const port = await control.port(id, 8000);
    const response = await fetch(`${port}/busybox`, { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get('content-length')) > 100_000);
    const secret = /ports\/([\w-]+)\//.exec(port)![1]!;
    for (const wrong of [`${secret.slice(0, -1)}`, `${secret}x`, 'x', '-', agent.token]) {
      const key = { 'x-execd-access-token': agent.token, 'open-sandbox-api-key': control.apiKey };
      await refused(await ask(key, port.replace(secret, wrong)), 'INVALID_ACCESS_TOKEN', 'path');
    }
    const other = await control.create();
    await refused(await ask({}, port.replace(id, other.id)), 'INVALID_ACCESS_TOKEN', 'path');
    await refused(await ask({}, port.replace(/8000$/, '8001')), 'INVALID_ACCESS_TOKEN', 'path');
  });

  await t.test('a link with an end opens its port until then, and can’t be made to last', async () => {
    const link = async (expires: number) => {
      const response = await control.fetch(`/v1/sandboxes/${id}/endpoints/8000?expires=${expires}`);
      return `http://${((await response.json()) as { endpoint: string }).endpoint}/busybox`;
    };
    let [soon, short] = [0, ''];
    // Where the machine is busy the time of one may be up before it is used.
    const opens = async () => {
      soon = Math.ceil(Date.now() / 1000) + 2;
      short = await link(soon);
      return (await status(short)) === 200;
    };
    await until(opens, 'a link opens its port');
    const long = await link(soon + 3600);
    assert.equal(await status(long), 200);
    const [ends, later] = [`-${soon.toString(36)}/`, `-${(soon + 3600).toString(36)}/`];
    for (const forged of [short.replace(ends, later), long.replace(later, '/'), long.replace('/8000/', '/8001/')]) {
      await refused(await fetch(forged), 'INVALID_ACCESS_TOKEN', 'path');
    }
    await until(async () => (await status(short)) === 401, 'its time is up');
    assert.ok(Date.now() >= soon * 1000);
    assert.equal(await status(long), 200);
  });

  await t.test('a port that nobody listens on is told of', async () => {
    await refused(await fetch(await control.port(id, 8001)), 'PORT_NOT_REACHABLE', 'port');
  });
});
