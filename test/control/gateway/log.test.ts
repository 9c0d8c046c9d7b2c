import assert from 'node:assert/strict';
import { controlLives } from '../../support/control-lives.ts';
import { engineTest } from '../../support/engine.ts';
import { until } from '../../support/until.ts';

engineTest('the log tells of every request under its id, and of no key, token or secret', async (t) => {
  const control = await controlLives(t).spawn({ 'log.level': 'info', 'server.metrics_key': 'a-key-for-metrics-only' });
  const { id } = await control.create({ env: { PASSWORD: 'of-the-users-own' } });
  const agent = await control.agent(id);
  const port = await control.port(id, 8000);
  await fetch(`${port}/page?password=hunter2`, { headers: { authorization: 'Bearer hunter3' } });
  await fetch(`${port.replace('/sandboxes', '/v1/sandboxes')}?password=hunter2`);
  await agent.fetch('/ping', { headers: { 'x-request-id': 'one-of-mine' } });
  await fetch(`${control.url}/metrics`, { headers: { authorization: 'Bearer a-key-for-metrics-only' } });
  await control.fetch('/v1/sandboxes', { headers: { 'x-request-id': 'the-last-one' } });
  await until(() => control.log.some((line) => line.includes('the-last-one')), 'all is logged');

  const lines = control.log.map(
    (line) => JSON.parse(line) as { reqId?: string; req?: { method: string; url: string } },
  );
  const urls = lines.flatMap(({ req }) => (req ? [`${req.method} ${req.url}`] : []));
  assert.ok(urls.includes('POST /v1/sandboxes'));
  assert.ok(urls.includes(`GET /sandboxes/${id}/ports/…/proxy/8000/page?…`), urls.join('\n'));
  assert.ok(urls.includes(`GET /v1/sandboxes/${id}/ports/…/proxy/8000?…`));
  assert.ok(lines.some(({ reqId }) => reqId === 'one-of-mine'));
  const text = control.log.join('\n');
  const secret = /ports\/([\w-]+)\//.exec(port)![1]!;
  for (const hidden of [control.apiKey, agent.token, secret, 'hunter', 'of-the-users-own', 'a-key-for-metrics-only']) {
    assert.ok(!text.includes(hidden), `${hidden} is in the log`);
  }
});
