import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Cgroup } from '../../../shared/cgroups/cgroup.ts';
import { parsePressure } from '../../../shared/cgroups/pressure.ts';
import { readUsage } from '../../../shared/cgroups/usage.ts';

const stalls = (total: number) =>
  `some avg10=1.50 avg60=0.25 avg300=0.05 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n`;

test('under v2 everything is read from one directory, and the tightest limit on the way up counts', (t) => {
  const root = files(t, {
    'cpu.max': 'max 100000\n',
    'pod/cpu.max': '150000 100000\n',
    'pod/memory.max': '67108864\n',
    'pod/box/cpu.max': 'max 100000\n',
    'pod/box/cpu.stat':
      'usage_usec 62695\nuser_usec 29866\nsystem_usec 32829\nnr_periods 12\nnr_throttled 5\nthrottled_usec 250000\n',
    'pod/box/cpuset.cpus.effective': '0-3,8\n',
    'pod/box/memory.current': '50331648\n',
    'pod/box/memory.max': 'max\n',
    'pod/box/memory.stat': 'anon 4096\nfile 40000000\ninactive_file 20000000\nactive_file 20000000\n',
    'pod/box/memory.events': 'low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n',
    'pod/box/pids.current': '3\n',
    'pod/box/pids.max': '77\n',
    'pod/box/cpu.pressure': stalls(2_500_000),
    'pod/box/memory.pressure': stalls(0),
    'pod/box/io.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n',
  });
  const place = { version: 2, directory: join(root, 'pod/box'), mountPoint: root } as const;
  const usage = readUsage({ cpu: place, cpuacct: place, cpuset: place, memory: place, pids: place, pressure: place });
  const full = { avg10: 0, avg60: 0, avg300: 0, totalSeconds: 0.000007 };
  assert.deepEqual(usage, {
    cpuSeconds: 0.062695,
    cpuLimit: 1.5,
    cpuPeriods: 12,
    throttledPeriods: 5,
    throttledSeconds: 0.25,
    memoryBytes: 30331648,
    memoryLimitBytes: 67108864,
    outOfMemoryKills: 2,
    pids: 3,
    pidsLimit: 77,
    pressure: {
      cpu: { some: { avg10: 1.5, avg60: 0.25, avg300: 0.05, totalSeconds: 2.5 }, full },
      memory: { some: { avg10: 1.5, avg60: 0.25, avg300: 0.05, totalSeconds: 0 }, full },
      io: { some: { avg10: 0, avg60: 0, avg300: 0, totalSeconds: 1 }, full: undefined },
    },
  });
});

test('under v1 each controller has a directory, and “no limit” has its own spellings', (t) => {
  const root = files(t, {
    'cpu/cpu.cfs_quota_us': '-1\n',
    'cpu/cpu.cfs_period_us': '100000\n',
    'cpu/cpu.stat': 'nr_periods 20\nnr_throttled 3\nthrottled_time 1500000000\nnr_bursts 0\nburst_time 0\n',
    'cpuacct/cpuacct.usage': '62695497\n',
    'cpuset/cpuset.effective_cpus': '0-1\n',
    'memory/memory.usage_in_bytes': '1000000\n',
    'memory/memory.stat':
      'inactive_file 5\nhierarchical_memory_limit 9223372036854771712\ntotal_inactive_file 400000\n',
    'memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n',
    'pids/pids.current': '1\n',
    'pids/pids.max': 'max\n',
  });
  const place = (name: string) => ({ version: 1, directory: join(root, name), mountPoint: join(root, name) }) as const;
  const cgroup: Cgroup = { cpu: place('cpu'), cpuacct: place('cpuacct'), cpuset: place('cpuset') };
  assert.deepEqual(readUsage({ ...cgroup, memory: place('memory'), pids: place('pids') }), {
    cpuSeconds: 0.062695497,
    cpuLimit: 2,
    cpuPeriods: 20,
    throttledPeriods: 3,
    throttledSeconds: 1.5,
    memoryBytes: 600000,
    memoryLimitBytes: undefined,
    outOfMemoryKills: 4,
    pids: 1,
    pidsLimit: undefined,
    pressure: undefined,
  });
});

test('a v1 quota is a share of a processor', (t) => {
  const root = files(t, {
    'cpu.cfs_quota_us': '50000\n',
    'cpu.cfs_period_us': '100000\n',
    'cpuacct.usage': '0\n',
    'memory.usage_in_bytes': '1\n',
  });
  const place = { version: 1, directory: root, mountPoint: root } as const;
  assert.equal(readUsage({ cpu: place, cpuacct: place, memory: place })?.cpuLimit, 0.5);
});

test('a cgroup that is gone, or that has no memory controller, has no usage', (t) => {
  const root = files(t, { 'cpu.stat': 'usage_usec 1\n' });
  const place = { version: 2, directory: root, mountPoint: root } as const;
  assert.equal(readUsage({ cpu: place, cpuacct: place, memory: place }), undefined);
  assert.equal(readUsage({}), undefined);
});

test('garbage in a file is no number', (t) => {
  const root = files(t, {
    'cpu.stat': 'usage_usec 5\n',
    'memory.current': '7\n',
    'memory.max': 'lots\n',
    'pids.current': '\n',
    'cpu.max': '',
  });
  const place = { version: 2, directory: root, mountPoint: root } as const;
  const usage = readUsage({ cpu: place, cpuacct: place, memory: place, pids: place, pressure: place });
  assert.deepEqual([usage?.memoryLimitBytes, usage?.pids, usage?.cpuLimit, usage?.pressure], Array(4).fill(undefined));
  assert.equal(parsePressure('some avg10=x'), undefined);
});

function files(t: TestContext, contents: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'cubby-cgroup-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}
