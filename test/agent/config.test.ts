import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../agent/config.ts';

const read = (env: Record<string, string> = {}) => readConfig({ CUBBY_TOKEN: 'sixteen letters or more', ...env });

test('kernels of Python are forks without a setting; what they have imported, and how many wait, is one', () => {
  const { kernelZygotes, kernelPreload, kernelSpares } = read();
  assert.deepEqual([kernelZygotes, kernelPreload, kernelSpares], [true, [], 0]);
  assert.equal(read({ CUBBY_KERNEL_ZYGOTE: '0' }).kernelZygotes, false);
  assert.equal(read({ CUBBY_KERNEL_SPARES: '3' }).kernelSpares, 3);
  const preload = read({ CUBBY_KERNEL_PRELOAD: 'numpy, pandas,matplotlib.pyplot' }).kernelPreload;
  assert.deepEqual(preload, ['numpy', 'pandas', 'matplotlib.pyplot']);
});

for (const [name, value, expected] of [
  ['CUBBY_KERNEL_PRELOAD', 'numpy,import os', /^CUBBY_KERNEL_PRELOAD: expected names of modules/],
  ['CUBBY_KERNEL_PRELOAD', '--help', /^CUBBY_KERNEL_PRELOAD: expected names of modules/],
  ['CUBBY_KERNEL_PRELOAD', 'a..b', /^CUBBY_KERNEL_PRELOAD: expected names of modules/],
  ['CUBBY_KERNEL_SPARES', '17', /^CUBBY_KERNEL_SPARES: expected a number from 0 to 16, got 17/],
  ['CUBBY_KERNEL_SPARES', '-1', /^CUBBY_KERNEL_SPARES: expected/],
] as const) {
  test(`${name}=${value} stops the agent, and names the setting`, () => {
    assert.throws(() => read({ [name]: value }), { message: expected });
  });
}
