import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merged } from '../../../control/templates/merge.ts';
import type { CreateSandboxRequest } from '../../../shared/api/sandboxes.ts';
import type { TemplateSpec } from '../../../shared/api/templates.ts';

const template: TemplateSpec = {
  image: { uri: 'python:3.13' },
  entrypoint: ['sleep', '1'],
  env: { A: '1', B: '2' },
  metadata: { team: 'a', plan: 'free' },
  resourceLimits: { memory: '1Gi', cpu: '1' },
  extensions: { 'cubby.profile': 'hardened', 'access.renew.extend.seconds': '300' },
  kernels: { fork: false, preload: ['numpy'] },
  networkPolicy: { defaultAction: 'deny' },
  volumes: [{ name: 'v', mountPath: '/v', pvc: { claimName: 'v' } }],
  timeout: 600,
  user: 'node',
  pool: { min: 1, max: 2 },
};

const { pool: _, ...request } = template;

test('a request that says nothing gets what the template says, without its pool', () => {
  const { extensions, ...rest } = request;
  const expected = { ...rest, profile: 'hardened', extensions: { 'access.renew.extend.seconds': '300' } };
  assert.deepEqual(merged(template, { template: 'python' }), expected);
  const nulls = { image: null, timeout: null, env: null, networkPolicy: {}, resourceLimits: null, volumes: null };
  assert.deepEqual(merged(template, { template: 'python', ...nulls }), expected);
});

for (const [what, own, expected] of [
  [
    'variables lie over the template’s, and null takes one out',
    { env: { B: '3', C: '4', A: null } },
    { env: { A: null, B: '3', C: '4' } },
  ],
  ['metadata is joined by key', { metadata: { plan: 'pro' } }, { metadata: { team: 'a', plan: 'pro' } }],
  ['limits are joined by key', { resourceLimits: { cpu: '2' } }, { resourceLimits: { memory: '1Gi', cpu: '2' } }],
  [
    'settings of kernels are joined by key',
    { kernels: { fork: true, preload: null } },
    { kernels: { fork: true, preload: ['numpy'] } },
  ],
  ['a list takes the place of a list', { entrypoint: ['a'], volumes: [] }, { entrypoint: ['a'], volumes: [] }],
  [
    'a policy takes the place of a policy',
    { networkPolicy: { defaultAction: 'allow' } },
    { networkPolicy: { defaultAction: 'allow' } },
  ],
  [
    'a profile is a profile, however it is said',
    { extensions: { 'cubby.profile': 'standard' } },
    { profile: 'standard' },
  ],
  ['a number takes the place of a number', { timeout: 60 }, { timeout: 60 }],
  ['an image takes the place of the image', { image: { uri: 'x' } }, { image: { uri: 'x' }, snapshotId: undefined }],
  ['a snapshot takes the place of the image', { snapshotId: 's' }, { image: undefined, snapshotId: 's' }],
] as [string, CreateSandboxRequest, CreateSandboxRequest][]) {
  test(what, () => {
    const result = merged(template, own);
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(result[field as 'env'], value);
    assert.deepEqual(result.user, 'node', 'what isn’t said stays');
  });
}

test('what is merged leaves the template as it was', () => {
  const before = structuredClone(template);
  merged(template, { env: { A: 'x' }, metadata: { b: 'c' }, extensions: { 'cubby.profile': 'standard' } });
  assert.deepEqual(template, before);
});
