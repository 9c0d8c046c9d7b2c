import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Names } from '../../../../control/runtimes/docker/names.ts';
import { containerSettings } from '../../../../control/runtimes/docker/settings.ts';
import type { ContainerSpec } from '../../../../control/runtimes/runtime.ts';

const mebibyte = 1024 * 1024;
const ociRuntimes = { names: [], gvisor: new Set<string>() };
const surroundings = {
  ociRuntimes,
  names: new Names('abcdefgh'),
  options: { store: 'abcdefgh', pack: { path: '/pack' } },
};

/** What the agent's Node is started with in a sandbox of so much memory. */
function nodeOptions(memory: number | undefined): string {
  const limits = { spool: mebibyte, ...(memory !== undefined && { memory }) };
  const spec = { id: 'id', image: 'image', profile: 'standard', entrypoint: ['sleep'], env: {}, token: 'token' };
  const settings = containerSettings(
    {
      ...spec,
      user: '',
      workdir: '/',
      keepHome: false,
      mounts: [],
      network: false,
      settings: {},
      limits,
    } as ContainerSpec,
    surroundings,
  );
  const [, options] = /^NODE_OPTIONS=(.*)$/.exec(
    (settings.Entrypoint as string[]).find((word) => /^NODE/.test(word))!,
  )!;
  return options!;
}

test('in a small sandbox the agent cleans up before the kernel would end it; in a large one it is not held back', () => {
  assert.match(nodeOptions(48 * mebibyte), /--max-old-space-size=24$/);
  assert.match(nodeOptions(64 * mebibyte), /--max-old-space-size=24$/);
  assert.match(nodeOptions(256 * mebibyte), /--max-old-space-size=96$/);
  assert.doesNotMatch(nodeOptions(512 * mebibyte), /old-space/);
  assert.doesNotMatch(nodeOptions(undefined), /old-space/);
});
