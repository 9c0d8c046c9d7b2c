import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

const mebibyte = 1024 * 1024;

engineTest('GET /metrics tells Prometheus what this server and every sandbox use', async (t) => {
  const metricsKey = 'a-key-for-metrics-only';
  const control = await startTestControl(t, { 'server.metrics_key': metricsKey });
  const { id } = await control.create({ resourceLimits: { memory: '128Mi', cpu: '500m' } });
  const scrape = async (accept = '*/*') => {
    const headers = { authorization: `Bearer ${metricsKey}`, accept };
    const response = await fetch(`${control.url}/metrics`, { headers });
    assert.equal(response.status, 200);
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  await t.test('in Prometheus’ own text, and in OpenMetrics for those who like that better', async () => {
    const plain = await scrape();
    assert.equal(plain.type, 'text/plain; version=0.0.4; charset=utf-8');
    assert.doesNotMatch(plain.text, /# EOF/);
    assert.deepEqual(
      (await scrape('text/plain;version=0.0.4;q=1, application/openmetrics-text;q=0.5')).type,
      plain.type,
    );
    const open = await scrape('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1');
    assert.equal(open.type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    assert.match(open.text, /[^\n]\n# EOF\n$/);
    assert.doesNotMatch(open.text, /\n\n/);
    assert.doesNotMatch(open.text, /^# TYPE \S+_total counter$/m);
  });

  await t.test('a sandbox is labelled with its id, and its numbers are its own', async () => {
    await (await control.agent(id)).run('head -c 20000000 /dev/zero | tail -c 20000000 | wc -c');
    const { text } = await scrape();
    const value = (name: string) => Number(new RegExp(`^${name}\\{sandbox="${id}"\\} (\\S+)$`, 'm').exec(text)?.[1]);
    assert.equal(value('cubby_sandbox_memory_limit_bytes'), 128 * mebibyte);
    const memory = value('cubby_sandbox_memory_used_bytes');
    assert.ok(memory > mebibyte && memory < 128 * mebibyte, String(memory));
    assert.ok(value('cubby_sandbox_cpu_seconds_total') > 0);
    assert.match(text, /^cubby_sandboxes\{state="Running"\} 1$/m);
    assert.match(text, /^cubby_control_process_resident_memory_bytes \d+$/m);
  });

  await t.test('a family is said once, however many sandboxes there are, and an ended one is in none', async () => {
    const other = await control.create();
    const { text } = await scrape();
    for (const said of [text, (await scrape('application/openmetrics-text')).text]) {
      const families = [...said.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
      assert.equal(new Set(families).size, families.length);
    }
    assert.equal([...text.matchAll(/^cubby_sandbox_memory_limit_bytes\{/gm)].length, 2);
    await control.delete(other.id);
    assert.doesNotMatch((await scrape()).text, new RegExp(other.id));
  });

  await t.test('the API key opens it too, another doesn’t, and the key for metrics opens nothing else', async () => {
    assert.equal((await control.fetch('/metrics')).status, 200);
    const wrong = await fetch(`${control.url}/metrics`, { headers: { authorization: 'Bearer wrong' } });
    await refused(wrong, 'INVALID_API_KEY', 'open-sandbox-api-key');
    const list = await fetch(`${control.url}/v1/sandboxes`, { headers: { authorization: `Bearer ${metricsKey}` } });
    await refused(list, 'INVALID_API_KEY', 'open-sandbox-api-key');
  });

  await t.test('what clients report of themselves is thanked for, whatever it is', async () => {
    for (const path of ['/v1/metrics/events', '/metrics/events']) {
      for (const body of ['{"eventType":"sandbox.create","createDurationMs":1}', 'no json', '']) {
        const response = await fetch(`${control.url}${path}`, { method: 'POST', body });
        assert.deepEqual([response.status, await response.text()], [204, '']);
      }
    }
  });
});
