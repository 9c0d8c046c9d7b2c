import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

const queue = { when_busy: 'queue' };

test('a restart gives a context a new kernel: what ran is told, what waits runs then, without a word', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  await sandbox.cell('gone = 1', { id });
  const running = await sandbox.open('print("begun", flush=True)\nwhile True: pass', { id });
  await running.stdoutUntil('begun\n');
  const waiting = await sandbox.open('print("gone" in dir())', { id }, queue);
  const answer = await sandbox.request('POST', `/code/contexts/${id}/restart`);
  assert.equal(answer.status, 200);
  assert.equal(((await answer.json()) as { id: string }).id, id);
  const last = (await running.rest()).at(-1)!;
  assert.equal(last.error?.ename, 'ContextRestarted');
  assert.equal((await sandbox.execution(running.executionId)).state, 'died');
  const events = await waiting.rest();
  assert.equal(textOf(events, 'stdout'), 'False\n');
  assert.equal(textOf(events, 'stderr'), '');
});

test('an idle context, a dead one and one that is restarted twice at once are restarted', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const restart = async () => (await sandbox.request('POST', `/code/contexts/${id}/restart`)).status;
  await sandbox.cell('x = 1', { id });
  assert.deepEqual(await Promise.all([restart(), restart()]), [200, 200]);
  assert.equal((await sandbox.context(id)).state, 'idle');
  assert.equal(textOf((await sandbox.cell('print("x" in dir())', { id })).events, 'stdout'), 'False\n');
  await sandbox.cell('import os; os._exit(1)', { id });
  assert.equal(await restart(), 200);
  assert.equal(textOf((await sandbox.cell('print("again")', { id })).events, 'stderr'), '', 'it is known');
});

test('a restart that fails says why, and so do the cells that waited', async (t) => {
  const sandbox = await startSandbox(t, { zygotes: false });
  const { id } = await sandbox.createContext();
  const running = await sandbox.open('print("begun", flush=True)\nwhile True: pass', { id });
  await running.stdoutUntil('begun\n');
  const waiting = await sandbox.open('1', { id }, queue);
  rmSync(join(sandbox.dir, 'launchers/launch_ipykernel.py'));
  const answer = await sandbox.request('POST', `/code/contexts/${id}/restart`);
  assert.equal(answer.status, 500);
  const { code } = (await answer.json()) as { code: string };
  assert.equal(code, 'KERNEL_DIED');
  assert.equal((await running.rest()).at(-1)?.error?.ename, 'ContextRestarted');
  assert.equal((await waiting.rest()).at(-1)?.error?.ename, 'KERNEL_DIED');
  assert.equal((await sandbox.context(id)).state, 'dead');
  assert.equal((await sandbox.cell('1', { id })).error.code, 'KERNEL_DIED');
});
