import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canBecome, memberKey, sizelessOf } from '../../../control/pools/key.ts';
import type { ContainerSpec } from '../../../control/runtimes/runtime.ts';

const mebibyte = 1024 ** 2;
const spec: ContainerSpec = {
  id: 'one',
  image: 'image:latest',
  profile: 'standard',
  ociRuntime: undefined,
  entrypoint: ['sleep', '1'],
  env: { A: '1' },
  keepHome: false,
  user: '1000',
  workdir: '/',
  token: 'a-token',
  limits: { memory: 512 * mebibyte, cpu: 1, pids: 100, spool: 64 * mebibyte },
  network: true,
  mounts: [],
  settings: { CUBBY_RING_BYTES: '1', CUBBY_KERNEL_PRELOAD: 'numpy' },
};
const key = (change: Partial<ContainerSpec>, imageId = 'sha256:1', surroundings = 'here') =>
  memberKey({ ...spec, ...change }, imageId, surroundings).exact;

test('what a claim decides is in no key', () => {
  const claimed = {
    id: 'two',
    image: 'another-name:of-the-same',
    entrypoint: ['true'],
    env: {},
    keepHome: true,
    user: '0',
    token: 'another',
    settings: { ...spec.settings, CUBBY_KEEP_HOME: '1' },
  };
  for (const [field, value] of Object.entries(claimed)) assert.equal(key({ [field]: value }), key({}), field);
});

test('what is decided when a container is made is in its key', () => {
  const made: Partial<ContainerSpec> = {
    profile: 'hardened',
    ociRuntime: 'runsc',
    workdir: '/srv',
    network: false,
    limits: { ...spec.limits, spool: 1 },
    settings: { ...spec.settings, CUBBY_KERNEL_SPARES: '1' },
  };
  for (const [field, value] of Object.entries(made)) assert.notEqual(key({ [field]: value }), key({}), field);
  for (const limit of ['memory', 'cpu', 'pids'])
    assert.notEqual(key({ limits: { ...spec.limits, [limit]: 7 } }), key({}), limit);
  assert.notEqual(key({}, 'sha256:2'), key({}), 'the image by its content');
  assert.notEqual(key({}, 'sha256:1', 'elsewhere'), key({}), 'the administrator’s settings');
});

test('limits alone make no other sizeless key', () => {
  const small = memberKey({ ...spec, limits: { memory: 1, cpu: 2, pids: 3, spool: 4 } }, 'sha256:1', 'here');
  assert.equal(small.sizeless, sizelessOf(key({})));
  assert.notEqual(small.sizeless, sizelessOf(key({ network: false })));
  const limits = { ...spec.limits, disk: 7 };
  assert.notEqual(sizelessOf(key({ limits })), small.sizeless, 'but for the disk’s, which is given once and for all');
});

test('a container can be given more memory while it runs, and less only where its agent and its spool bear it', () => {
  const has = { memory: 512 * mebibyte, cpu: 1, pids: 100, spool: 64 * mebibyte };
  const wanted = (memory: number, spool: number) =>
    canBecome(has, { memory: memory * mebibyte, spool: spool * mebibyte });
  assert.ok(wanted(512, 64));
  assert.ok(wanted(1024, 64));
  assert.ok(wanted(2048, 128), 'with a smaller spool than it could have');
  assert.ok(!wanted(256, 32), 'its spool would be too large');
  assert.ok(!wanted(256, 64), 'its agent would be');
  const large = { ...has, memory: 4096 * mebibyte };
  assert.ok(canBecome(large, { memory: 600 * mebibyte, spool: 64 * mebibyte }));
  assert.ok(!canBecome(large, { memory: 600 * mebibyte, spool: 63 * mebibyte }));
  assert.ok(!canBecome({ spool: 1 }, { memory: 1, spool: 1 }), 'nobody knows how much it has');
});
