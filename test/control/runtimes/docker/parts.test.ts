import assert from 'node:assert/strict';
import { unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EngineInfo, judge } from '../../../../control/runtimes/docker/check.ts';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import { jsonLines } from '../../../../control/runtimes/docker/json-lines.ts';
import { lastText, payloads } from '../../../../control/runtimes/docker/log-frames.ts';
import type { DockerOptions } from '../../../../control/runtimes/docker/options.ts';
import { parseReference } from '../../../../control/runtimes/docker/reference.ts';
import { statsUsage } from '../../../../control/runtimes/docker/stats.ts';

const options: DockerOptions = { store: 'abcdefgh', pack: { path: '/pack' } };
const info: EngineInfo = { OSType: 'linux', SecurityOptions: ['name=apparmor', 'name=seccomp,profile=default'] };

async function* chunks(...parts: (Buffer | string)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('an engine without seccomp, or with it switched off, is refused unless the administrator insists', () => {
  for (const SecurityOptions of [[], ['name=apparmor'], ['name=seccomp,profile=unconfined']]) {
    const weak = { ...info, SecurityOptions };
    assert.throws(() => judge(weak, options), { code: 'DOCKER::INITIALIZATION_ERROR', message: /seccomp/ });
    const facts = judge(weak, { ...options, withoutSeccomp: true });
    assert.ok(facts.warnings.some((warning) => /seccomp/.test(warning)));
    assert.ok(!facts.security.includes('seccomp'));
  }
  assert.deepEqual(judge(info, options).warnings, []);
});

test('a profile or a runtime that the engine doesn’t have is a failure at start, not silence', () => {
  const bare = { ...info, SecurityOptions: ['name=seccomp,profile=builtin'], Runtimes: { runc: {} } };
  assert.throws(() => judge(bare, { ...options, apparmorProfile: 'mine' }), { message: /AppArmor.*mine/ });
  assert.throws(() => judge(bare, { ...options, ociRuntime: 'runsc' }), { message: /runsc.*runc/ });
  assert.throws(() => judge({ ...info, OSType: 'windows' }, options), { code: 'DOCKER::INITIALIZATION_ERROR' });
  assert.doesNotThrow(() => judge(bare, { ...options, ociRuntime: 'runc' }));
});

test('limits that the engine can’t keep are told', () => {
  const weak = { ...info, MemoryLimit: false, SwapLimit: false, PidsLimit: false, CpuCfsQuota: false };
  assert.equal(judge(weak, options).warnings.length, 4);
});

test('an engine on which no snapshots can be made says so at start', () => {
  const containerd: EngineInfo = { ...info, DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] };
  assert.match(judge(containerd, options).warnings.join(), /no snapshots/);
  assert.deepEqual(judge({ ...info, DriverStatus: [['Backing Filesystem', 'extfs']] }, options).warnings, []);
});

test('options that can’t be are refused when the runtime is made', async () => {
  for (const store of ['', 'short', 'UPPERCASE', 'abc-defgh', 'abcdefgh/..', `abcdefgh${'x'.repeat(100)}`]) {
    assert.throws(() => new DockerRuntime({ ...options, store }), {
      code: 'DOCKER::INITIALIZATION_ERROR',
      field: 'store',
    });
  }
  assert.throws(() => new DockerRuntime({ ...options, pack: { path: 'relative' } }), { field: 'pack.path' });
  for (const allow of [
    '10.0.0.0/33',
    'host.example',
    '10.1',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '010.0.0.1',
    '; flush ruleset',
  ]) {
    assert.throws(
      () => new DockerRuntime({ ...options, network: { allow: [allow] } }),
      { field: 'network.allow' },
      allow,
    );
  }
  for (const block of ['10.0.0.0/33', '1.2.3', 'a b', '-x.example', '; flush ruleset', `${'x'.repeat(64)}.example`]) {
    assert.throws(
      () => new DockerRuntime({ ...options, network: { block: [block] } }),
      { field: 'network.block' },
      block,
    );
  }
  const profile = join(tmpdir(), `cubby-seccomp-${process.pid}.json`);
  assert.throws(() => new DockerRuntime({ ...options, seccompProfile: profile }), { field: 'seccompProfile' });
  await writeFile(profile, 'unconfined');
  assert.throws(() => new DockerRuntime({ ...options, seccompProfile: profile }), { field: 'seccompProfile' });
  await unlink(profile);
});

test('names of images are read as the engine reads them', () => {
  assert.deepEqual(parseReference('python'), { name: 'python', version: 'latest' });
  assert.deepEqual(parseReference('a.example:5000/team/image:1.2-x'), {
    name: 'a.example:5000/team/image',
    version: '1.2-x',
  });
  const digest = `sha256:${'0'.repeat(64)}`;
  assert.deepEqual(parseReference(`img:tag@${digest}`), { name: 'img', version: digest });
  for (const name of ['A', 'a/', '/a', 'a:', 'a@sha256:0', 'a..b', 'a/../b', `a:${'t'.repeat(129)}`, 'a\n', 'ä']) {
    assert.throws(() => parseReference(name), { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED' }, name);
  }
});

test('a hostile name of an image is refused at once', () => {
  // A pattern that tries all ways to read them would take longer than anybody waits.
  for (const part of ['a', 'a-', 'a.', 'a_', 'a/', 'a:', '-', 'a--', 'aA']) {
    const hostile = `${part.repeat(512).slice(0, 510)}!`;
    assert.throws(() => parseReference(hostile), { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED' });
  }
});

test('lines of JSON are read wherever the stream is cut, and an endless one is given up', async () => {
  const whole = '{"a":"ü"}\n\n{"b":2}\r\n{"c":3}';
  const bytes = Buffer.from(whole);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const parts = chunks(bytes.subarray(0, cut), bytes.subarray(cut));
    assert.deepEqual(await collect(jsonLines(parts)), [{ a: 'ü' }, { b: 2 }, { c: 3 }]);
  }
  await assert.rejects(collect(jsonLines(chunks(...Array<string>(20).fill('x'.repeat(100_000))))), /mebibyte/);
});

test('frames of a log are read wherever the stream is cut', async () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const bytes = Buffer.concat([frame(1, 'one\n'), frame(2, ''), frame(2, 'zwei ü\n'), frame(1, 'three')]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const parts = chunks(bytes.subarray(0, cut), bytes.subarray(cut));
    assert.deepEqual(await lastText(payloads(parts)), { text: 'one\nzwei ü\nthree', isCut: false });
  }
});

test('of a long log the last whole lines are kept', async () => {
  assert.deepEqual(await lastText(chunks('aaaa\nbbbb\n', 'cccc\n'), 10), { text: 'cccc\n', isCut: true });
  assert.deepEqual(await lastText(chunks('one line without an end'), 5), { text: 'n end', isCut: true });
  assert.deepEqual(await lastText(chunks()), { text: '', isCut: false });
});

test('the engine’s own numbers are read for both versions of cgroups', () => {
  const stats = (memory: object) =>
    ({
      cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 }, throttling_data: { throttled_time: 500_000_000 } },
      memory_stats: memory,
      pids_stats: { current: 3 },
    }) as Parameters<typeof statsUsage>[0];
  const expected = { cpuSeconds: 2.5, memoryBytes: 70, memoryLimitBytes: 1000, throttledSeconds: 0.5, pids: 3 };
  assert.deepEqual(statsUsage(stats({ usage: 100, limit: 1000, stats: { total_inactive_file: 30 } })), expected);
  assert.deepEqual(statsUsage(stats({ usage: 100, limit: 1000, stats: { inactive_file: 30 } })), expected);
  assert.equal(statsUsage(stats({})), undefined);
});
