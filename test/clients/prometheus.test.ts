import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePorts } from '../../agent/kernels/jupyter/free-ports.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { fetchPrometheus } from '../support/prometheus.ts';
import { until } from '../support/until.ts';

const metricsKey = 'a-key-for-metrics-only';

engineTest('a real Prometheus scrapes every sandbox, with the key for metrics alone', async (t) => {
  const { prometheus, promtool } = fetchPrometheus();
  const control = await startTestControl(t, { 'server.metrics_key': metricsKey });
  const { id } = await control.create({ resourceLimits: { memory: '128Mi', cpu: '500m' } });

  await t.test('its own tool finds nothing wrong with the text', async () => {
    const response = await fetch(`${control.url}/metrics`, { headers: { authorization: `Bearer ${metricsKey}` } });
    const { stdout, stderr, status } = spawnSync(promtool, ['check', 'metrics'], {
      input: await response.text(),
      encoding: 'utf8',
    });
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('cubby_sandbox'));
    assert.deepEqual(said, []);
    // 3: it would name something otherwise; 1: it could not read it.
    assert.ok(status === 0 || status === 3, stderr);
  });

  await t.test('it scrapes, and answers what a sandbox uses', async (t) => {
    const api = await startPrometheus(t, prometheus, new URL(control.url).host);
    const query = async (text: string) => {
      const response = await fetch(`${api}/api/v1/query?query=${encodeURIComponent(text)}`);
      const { data } = (await response.json()) as { data: { result: { metric: object; value: [number, string] }[] } };
      return data.result;
    };
    await until(async () => (await query('up{job="cubby"} == 1')).length === 1, 'the scrape succeeds', 60_000);
    const memory = await query(`cubby_sandbox_memory_used_bytes{sandbox="${id}"}`);
    assert.equal(memory.length, 1);
    assert.ok(Number(memory[0]!.value[1]) > 1024 * 1024);
    const [limit] = await query(`cubby_sandbox_memory_limit_bytes{sandbox="${id}"}`);
    assert.equal(limit!.value[1], String(128 * 1024 * 1024));
    const [states] = await query('cubby_sandboxes{state="Running"}');
    assert.equal(states!.value[1], '1');
    assert.ok((await query('cubby_sandbox_cpu_seconds_total')).length === 1);
    const targets = (await (await fetch(`${api}/api/v1/targets`)).json()) as {
      data: { activeTargets: { lastError: string }[] };
    };
    assert.deepEqual(
      targets.data.activeTargets.map(({ lastError }) => lastError),
      [''],
    );
  });
});

/** Prometheus on a port of loopback, scraping `target`; ended with the test. Returns its address. */
async function startPrometheus(t: TestContext, program: string, target: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-prometheus-'));
  const config = {
    global: { scrape_interval: '5s', scrape_timeout: '5s' },
    scrape_configs: [
      {
        job_name: 'cubby',
        authorization: { type: 'Bearer', credentials: metricsKey },
        static_configs: [{ targets: [target] }],
      },
    ],
  };
  // JSON is YAML too.
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config));
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said = textOf(child);
  t.after(async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(dir, { recursive: true });
  });
  await until(
    async () => {
      assert.equal(child.exitCode, null, said());
      return await fetch(`http://${address}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    'Prometheus is ready',
    60_000,
  );
  return `http://${address}`;
}

function textOf({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr!.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}
