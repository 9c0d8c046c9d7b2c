import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Gauge, Registry } from 'prom-client';
import { sandboxMetrics } from '../../../shared/api/metrics.ts';
import type { Usage } from '../../../shared/cgroups/usage.ts';
import { endOfOpenMetrics, exposition } from '../../../shared/metrics/exposition.ts';

const stall = { avg10: 1, avg60: 2, avg300: 3, totalSeconds: 4.5 };
const usage: Usage = {
  cpuSeconds: 1.25,
  cpuLimit: 0.5,
  cpuPeriods: 10,
  throttledPeriods: 3,
  throttledSeconds: 0.066,
  memoryBytes: 356352,
  memoryLimitBytes: 67108864,
  outOfMemoryKills: 0,
  pids: 3,
  pidsLimit: 77,
  pressure: { cpu: { some: stall, full: stall }, memory: { some: stall }, io: { some: stall } },
};

for (const format of ['prometheus', 'openmetrics'] as const) {
  test(`the ${format} text is what prom-client writes for the same numbers`, async () => {
    const labelled = [
      { labels: { sandbox: 'a' }, usage },
      { labels: { sandbox: 'quote " backslash \\ newline \n' }, usage: { ...usage, cpuSeconds: 7 } },
    ];
    const registry = new Registry();
    if (format === 'openmetrics')
      registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as unknown as typeof Registry.PROMETHEUS_CONTENT_TYPE);
    for (const { name, help, type, samples } of sandboxMetrics) {
      const options = { name, help, registers: [registry], labelNames: ['sandbox', 'resource', 'kind'] };
      const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
      for (const of of labelled)
        for (const { labels, value } of samples(of.usage)) metric.inc({ ...of.labels, ...labels }, value);
    }
    const text = exposition(labelled, format) + (format === 'openmetrics' ? endOfOpenMetrics : '');
    assert.equal(text, (await registry.metrics()).replaceAll('\n\n', '\n'));
  });
}

test('what the kernel does not tell has no line, not even the family’s', () => {
  const text = exposition([{ usage: { cpuSeconds: 1, memoryBytes: 2 } }], 'prometheus');
  assert.deepEqual(
    text.split('\n').filter((line) => !line.startsWith('# HELP')),
    [
      '# TYPE cubby_sandbox_cpu_seconds_total counter',
      'cubby_sandbox_cpu_seconds_total 1',
      '# TYPE cubby_sandbox_memory_used_bytes gauge',
      'cubby_sandbox_memory_used_bytes 2',
      '',
    ],
  );
  assert.equal(exposition([], 'openmetrics'), '');
});

test('names follow Prometheus: counters end in _total, and only they do', () => {
  for (const { name, type } of sandboxMetrics) assert.equal(name.endsWith('_total'), type === 'counter', name);
  assert.equal(new Set(sandboxMetrics.map(({ name }) => name)).size, sandboxMetrics.length);
});
