import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf, typesOf } from './code-client.ts';
import { lateKernel } from './late-kernel.ts';
import { python, startSandbox, until } from './sandbox.ts';

const queue = { when_busy: 'queue' };

/** A cell that runs until the file is there. */
function waitFor(flag: string): string {
  return `import os, time\nprint("begun", flush=True)\nwhile not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)`;
}

test('cells that wait run in the order in which they came, and hear at once that they wait', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const { id } = await sandbox.createContext();
  const first = await sandbox.open(waitFor(flag), { id });
  await first.stdoutUntil('begun\n');
  const waiting = [];
  for (let i = 0; i < 5; i += 1) {
    const cell = await sandbox.open(`order = globals().get("order", []) + [${i}]; order`, { id }, queue);
    assert.equal((await cell.next())?.type, 'init');
    waiting.push(cell);
  }
  const described = await sandbox.context(id);
  assert.deepEqual([described.state, described.queued, described.execution_id], ['busy', 5, first.executionId]);
  const states = await Promise.all(
    waiting.map(async ({ executionId }) => (await sandbox.execution(executionId)).state),
  );
  assert.deepEqual(states, Array(5).fill('queued'));
  assert.equal((await sandbox.cell('1', { id })).error.code, 'CONTEXT_BUSY', 'who does not want to wait is refused');
  writeFileSync(flag, '');
  const results = [];
  for (const cell of waiting) results.push((await cell.until('result')).results?.text);
  assert.deepEqual(results, ['[0]', '[0, 1]', '[0, 1, 2]', '[0, 1, 2, 3]', '[0, 1, 2, 3, 4]']);
  await waiting.at(-1)!.rest();
  assert.equal((await sandbox.context(id)).state, 'idle');
});

test('a cell that waits is taken out of the queue by its id, and never runs', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const ran = join(sandbox.dir, 'work/ran');
  const { id } = await sandbox.createContext();
  const first = await sandbox.open(waitFor(flag), { id });
  const second = await sandbox.open(`open(${JSON.stringify(ran)}, "w")`, { id }, queue);
  const third = await sandbox.open('"third"', { id }, queue);
  assert.equal((await sandbox.request('DELETE', `/code/executions/${second.executionId}`)).status, 200);
  const events = await second.rest();
  assert.deepEqual(typesOf(events), ['init', 'error']);
  assert.equal(events[1]?.error?.ename, 'CellCancelled');
  assert.equal((await sandbox.execution(second.executionId)).state, 'interrupted');
  writeFileSync(flag, '');
  assert.equal((await third.until('result')).results?.text, "'third'");
  await first.rest();
  assert.ok(!existsSync(ran));
});

test('a queue has room for 32 cells; the next is refused', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const first = await sandbox.open('print("begun", flush=True)\nwhile True: pass', { id });
  await first.stdoutUntil('begun\n');
  const waiting = [];
  for (let i = 0; i < 32; i += 1) waiting.push(await sandbox.open(`print(${i})`, { id }, queue));
  const refused = await sandbox.cell('1', { id }, queue);
  assert.equal(refused.error.code, 'CONTEXT_BUSY');
  assert.match(refused.error.message, /32 cells wait/);
  for (const cell of waiting.slice(1)) await cell.leave();
  await sandbox.interrupt(id);
  assert.equal(textOf(await waiting[0]!.rest(), 'stdout'), '0\n');
  await until(async () => (await sandbox.context(id)).state === 'idle', 'the queue is empty');
  const list = (await (await sandbox.request('GET', `/code/executions?context=${id}`)).json()) as { state: string }[];
  assert.equal(list.filter(({ state }) => state === 'finished').length, 32, 'those whose clients left ran, too');
});

test('when a context is deleted, cells that wait are told', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const first = await sandbox.open('print("begun", flush=True)\nwhile True: pass', { id });
  await first.stdoutUntil('begun\n');
  const second = await sandbox.open('1', { id }, queue);
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  for (const cell of [first, second]) assert.equal((await cell.rest()).at(-1)?.error?.ename, 'ContextDeleted');
});

test('when a kernel dies, the next in the queue runs in a new one and is told, once', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const { id } = await sandbox.createContext();
  const first = await sandbox.open(`${waitFor(flag)}\nos._exit(3)`, { id });
  const second = await sandbox.open('print("second")', { id }, queue);
  const third = await sandbox.open('print("third")', { id }, queue);
  writeFileSync(flag, '');
  assert.match((await first.rest()).at(-1)!.error!.evalue, /exited with code 3/);
  const events = await second.rest();
  assert.match(textOf(events, 'stderr'), /exited with code 3.*new kernel/);
  assert.equal(textOf(events, 'stdout'), 'second\n');
  assert.equal(textOf(await third.rest(), 'stderr'), '');
});

for (const mode of ['signal', 'message']) {
  test(`an interrupt by ${mode} that comes as a cell ends never hits the next one`, async (t) => {
    const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
    const sandbox = await startSandbox(t, { specs: { python3: { argv, language: 'python', interrupt_mode: mode } } });
    const { id } = await sandbox.createContext();
    for (let round = 0; round < 20; round += 1) {
      const first = await sandbox.open('import time; time.sleep(0.02)', { id }, queue);
      const second = await sandbox.open('import time; time.sleep(0.02); "unharmed"', { id }, queue);
      await sandbox.request('DELETE', `/code/executions/${first.executionId}`);
      await first.rest();
      assert.equal((await second.until('result')).results?.text, "'unharmed'");
      await second.rest();
    }
  });
}

test('a cell that waits for a first kernel is run by the next one when that does not start', async (t) => {
  const sandbox = await startSandbox(t, lateKernel);
  const first = sandbox.cell('1', { language: 'late' });
  const list = async () => (await (await sandbox.request('GET', '/code/contexts')).json()) as { id: string }[];
  await until(async () => (await list()).length === 1, 'the context is there');
  const second = await sandbox.open('"second"', { language: 'late' }, queue);
  writeFileSync(join(sandbox.dir, 'work/bad'), '');
  assert.equal((await first).error.code, 'KERNEL_DIED');
  assert.equal((await list()).length, 1, 'the context goes on');
  writeFileSync(join(sandbox.dir, 'work/there'), '');
  assert.equal((await second.until('result')).results?.text, "'second'");
});

test('a cell that was taken out of the queue has one end, also when its context is deleted afterwards', async (t) => {
  const sandbox = await startSandbox(t, lateKernel);
  const there = join(sandbox.dir, 'work/there');
  writeFileSync(there, '');
  const { id } = await sandbox.createContext({ language: 'late' });
  const first = await sandbox.open(`import os; os.remove(${JSON.stringify(there)})`, { id });
  await first.rest();
  const flag = join(sandbox.dir, 'work/go-on');
  const dies = await sandbox.open(`${waitFor(flag)}\nos._exit(3)`, { id });
  await dies.stdoutUntil('begun\n');
  const second = await sandbox.open('2', { id }, queue);
  writeFileSync(flag, '');
  await dies.rest();
  await until(async () => (await sandbox.context(id)).state === 'restarting', 'a kernel starts for it');
  assert.equal((await sandbox.request('DELETE', `/code/executions/${second.executionId}`)).status, 200);
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  assert.deepEqual(typesOf(await (await sandbox.resume(second.executionId)).rest()), ['init', 'error']);
  assert.equal((await sandbox.execution(second.executionId)).error?.ename, 'CellCancelled');
});
