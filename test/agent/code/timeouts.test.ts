import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merged, textOf, typesOf } from './code-client.ts';
import { beginsLate } from './late-kernel.ts';
import { startSandbox } from './sandbox.ts';

/** For what a cell does before it is to be interrupted, also on a machine that has much else to do; in ms. */
const enough = 3000;

test('a cell that runs for too long is interrupted, with one error that says so, and the state is kept', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  await sandbox.cell('kept = 1', { id });
  const code = 'import time\nprint("begun", flush=True)\ntime.sleep(600)';
  const cell = await sandbox.open(code, { id }, { timeout: enough });
  const events = merged(await cell.rest());
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'error', 'execution_complete']);
  const { error } = events[3]!;
  assert.equal(error?.ename, 'CellTimedOut');
  assert.match(error!.evalue, /3000 ms.*is kept/);
  assert.match(error!.traceback.join('\n'), /time.*sleep/, 'the traceback says where it was');
  assert.equal((await sandbox.execution(cell.executionId)).state, 'timed_out');
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '1\n');
});

test('a cell that takes no notice of its time-out loses its kernel, and both its error and the next cell say so', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const code = 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass';
  const cell = await sandbox.open(code, { id }, { timeout: enough });
  const events = await cell.rest();
  const last = events.at(-1)!;
  assert.equal(last.error?.ename, 'CellTimedOut');
  assert.match(last.error!.evalue, /no notice.*3000 ms.*is gone/);
  assert.equal((await sandbox.execution(cell.executionId)).state, 'timed_out');
  const next = await sandbox.cell('print("new")', { id });
  assert.match(textOf(next.events, 'stderr'), /new kernel/);
  assert.equal(textOf(next.events, 'stdout'), 'new\n');
});

test('a time-out counts from when the cell’s turn comes, and does nothing to a cell that is quick enough', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const first = await sandbox.open('import time; time.sleep(3.5)', { id });
  const second = await sandbox.open('"in time"', { id }, { timeout: enough, when_busy: 'queue' });
  assert.equal((await second.until('result')).results?.text, "'in time'");
  await Promise.all([first.rest(), second.rest()]);
  const after = await sandbox.cell('time.sleep(3.5)', { id });
  assert.equal(after.events.at(-1)?.type, 'execution_complete');
  assert.equal((await sandbox.execution(second.executionId)).state, 'finished');
});

test('a time-out that comes before the kernel has begun with the cell interrupts the cell, and the state is kept', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  await sandbox.cell(`kept = 1\n${beginsLate(1)}`, { id });
  const { events } = await sandbox.cell('while True: pass', { id }, { timeout: 100 });
  const { error } = events.find(({ type }) => type === 'error')!;
  assert.equal(error?.ename, 'CellTimedOut');
  assert.match(error!.evalue, /is kept/);
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '1\n');
});

test('a time-out that is none is refused by its field', async (t) => {
  const sandbox = await startSandbox(t);
  for (const timeout of [0, -1, 1.5, 2 ** 31, 'soon', 1e300]) {
    const { status, error } = await sandbox.cell('1', undefined, { timeout });
    assert.equal(status, 400);
    assert.deepEqual([error.code, error.field], ['INVALID_REQUEST_BODY', 'timeout']);
  }
  assert.equal(
    (await sandbox.cell('1', undefined, { timeout: null, when_busy: null, allow_input: null, envs: null })).status,
    200,
  );
});
