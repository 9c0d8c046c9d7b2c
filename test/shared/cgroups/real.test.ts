import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupOf } from '../../../shared/cgroups/cgroup.ts';
import { readUsage } from '../../../shared/cgroups/usage.ts';
import { until } from '../../support/until.ts';
import { container, execIn } from './container.ts';

const limits = ['--memory', '64m', '--memory-swap', '64m', '--cpus', '0.5', '--pids-limit', '77'];
const busybox = '/bin/busybox';

test('the limits a container was given are the limits that are read', async (t) => {
  const { pid } = await container(t, limits, [busybox, 'sleep', '1000']);
  const usage = readUsage(cgroupOf(pid)!);
  assert.equal(usage?.memoryLimitBytes, 64 * 1024 * 1024);
  assert.equal(usage?.cpuLimit, 0.5);
  assert.equal(usage?.pidsLimit, 77);
  assert.equal(usage?.pids, 1);
  assert.ok(usage.memoryBytes > 0 && usage.memoryBytes < 8 * 1024 * 1024, `${usage.memoryBytes} bytes`);
});

test('a container that burns its processor is seen to be held back at its quota', async (t) => {
  // So little is to be had of a machine that has much else to do, too.
  const little = ['--memory', '64m', '--cpus', '0.05'];
  const { pid } = await container(t, little, [busybox, 'sh', '-c', 'while :; do :; done']);
  const cgroup = cgroupOf(pid)!;
  const start = performance.now();
  const first = readUsage(cgroup)!;
  let last = first;
  await until(() => {
    last = readUsage(cgroup)!;
    return last.cpuSeconds - first.cpuSeconds > 0.1 && last.throttledPeriods! > first.throttledPeriods!;
  }, 'it has used some, and was held back');
  const share = (last.cpuSeconds - first.cpuSeconds) / ((performance.now() - start) / 1000);
  assert.ok(share < 0.2, `used ${share} processors of 0.05`);
  assert.ok(last.throttledSeconds! > first.throttledSeconds!);
});

test('a process that the kernel ends for want of memory is counted', async (t) => {
  const { name, pid } = await container(t, limits, [busybox, 'sleep', '1000']);
  const cgroup = cgroupOf(pid)!;
  assert.equal(readUsage(cgroup)?.outOfMemoryKills, 0);
  await execIn(name, busybox, 'sh', '-c', `${busybox} tail /dev/zero`);
  assert.equal(readUsage(cgroup)?.outOfMemoryKills, 1);
});

test('file cache that was read once does not count as memory in use', async (t) => {
  const { name, pid } = await container(t, limits, [busybox, 'sleep', '1000']);
  const cgroup = cgroupOf(pid)!;
  await execIn(name, busybox, 'dd', 'if=/dev/zero', 'of=/file', 'bs=1M', 'count=32', 'conv=fsync');
  const usage = readUsage(cgroup)!;
  assert.ok(usage.memoryBytes < 16 * 1024 * 1024, `${usage.memoryBytes} bytes`);
});

test('a container that has ended has no usage', async (t) => {
  const { name, pid } = await container(t, limits, [busybox, 'sleep', '1000']);
  const cgroup = cgroupOf(pid)!;
  await execIn(name, busybox, 'kill', '-9', '1');
  assert.ok(readUsage(cgroup), 'init of a namespace can’t be killed from inside');
  process.kill(pid, 'SIGKILL');
  await until(() => readUsage(cgroup) === undefined, 'it has none');
  await until(() => cgroupOf(pid) === undefined, 'its process has no place');
});
