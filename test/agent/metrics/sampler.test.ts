import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { machineUsage } from '../../../agent/metrics/machine.ts';
import { Sampler, type UsageSource } from '../../../agent/metrics/sampler.ts';
import { usageSource } from '../../../agent/metrics/source.ts';

/** This very process as a sandbox: real numbers that the test can move. */
const itself = (cpuLimit: number): UsageSource => ({
  scope: 'sandbox',
  read: () => {
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      cpuLimit,
      memoryBytes: 3 * 2 ** 20,
      memoryLimitBytes: 64 * 2 ** 20,
    };
  },
});

test('a busy sandbox uses all of what it may, and never more than 100 percent', async () => {
  // So little that any machine, however busy, gives it that.
  const sampler = new Sampler(itself(0.01));
  await sampler.sample();
  burn(150);
  const metrics = await sampler.sample();
  assert.equal(metrics.cpu_used_pct, 100);
  assert.equal(metrics.cpu_count, 0.01);
  assert.equal(metrics.mem_used_mib, 3);
  assert.equal(metrics.mem_total_mib, 64);
});

test('a sandbox that does nothing uses little', async () => {
  const sampler = new Sampler(itself(0.5));
  await sampler.sample();
  await delay(1000);
  assert.ok((await sampler.sample()).cpu_used_pct < 50);
});

test('only the first look waits, a tenth of a second, and everybody who comes meanwhile shares the wait', async () => {
  const sampler = new Sampler(itself(0.5));
  const start = performance.now();
  const [first, second] = await Promise.all([sampler.sample(), sampler.sample()]);
  const waited = performance.now() - start;
  assert.ok(waited >= 99, `${waited} ms`);
  assert.equal(first.cpu_used_pct, second.cpu_used_pct);
  const next = sampler.sample().then(() => 'answered');
  assert.equal(await Promise.race([next, delay(0, 'waits')]), 'answered');
});

test('without cgroups the machine’s numbers are given, and said to be the machine’s', async () => {
  const source = usageSource(() => ({}));
  assert.equal(source.scope, 'machine');
  const metrics = await new Sampler(source).sample();
  assert.ok(metrics.cpu_count >= 1 && metrics.cpu_seconds > 0);
  assert.ok(metrics.mem_used_mib > 0 && metrics.mem_used_mib < metrics.mem_total_mib);
  const broken = usageSource(() => {
    throw new Error('no /proc/self/cgroup');
  });
  assert.equal(broken.scope, 'machine');
  assert.ok(machineUsage().memoryBytes > 0);
});

function burn(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
