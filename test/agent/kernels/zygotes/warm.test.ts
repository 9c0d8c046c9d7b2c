import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../../code/code-client.ts';
import { kernelsOf, startSandbox, until } from '../../code/sandbox.ts';
import { forksOf, zygotesOf } from './ancestors.ts';

async function warm(address: string): Promise<unknown> {
  const response = await fetch(`${address}/code/kernels/warm`, { method: 'POST' });
  return response.json();
}

test('kernels are ready before anybody asked for one, and the first context gets one that has waited', async (t) => {
  const sandbox = await startSandbox(t, { spares: 1 });
  assert.deepEqual(await warm(sandbox.address), { ready: true });
  const waiting = forksOf(zygotesOf(sandbox)[0]!);
  assert.equal(waiting.length, 1);
  assert.deepEqual(await warm(sandbox.address), { ready: true });
  assert.deepEqual(forksOf(zygotesOf(sandbox)[0]!), waiting, 'asked again, it has what there is');
  const { events } = await sandbox.cell('import os; print(os.getpid())');
  assert.equal(textOf(events, 'stdout').trim(), String(waiting[0]));
});

test('without spares what kernels are forked of is ready, and no kernel waits', async (t) => {
  const sandbox = await startSandbox(t);
  assert.deepEqual(await warm(sandbox.address), { ready: true });
  const [zygote] = zygotesOf(sandbox);
  assert.ok(zygote);
  await until(() => forksOf(zygote).length === 0, 'the one that was tried is gone');
  assert.deepEqual(kernelsOf(sandbox), []);
  await sandbox.cell('1');
  assert.equal(forksOf(zygote).length, 1, 'of the same');
});

test('where kernels of Python are not forks there is nothing to have ready, which is said', async (t) => {
  const sandbox = await startSandbox(t, { zygotes: false });
  assert.deepEqual(await warm(sandbox.address), { ready: false });
});
