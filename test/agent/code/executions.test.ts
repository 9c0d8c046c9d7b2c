import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf, typesOf } from './code-client.ts';
import { startSandbox, until } from './sandbox.ts';

const unknown = '00000000-0000-4000-8000-000000000000';

test('a cell’s id is in a header and in its first event, beside the id of its context', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const cell = await sandbox.open('6 * 7', { id });
  const init = await cell.next();
  assert.equal(init?.text, id);
  assert.equal(init?.execution_id, cell.executionId);
  await cell.rest();
  const execution = await sandbox.execution(cell.executionId);
  const { created_at, started_at, ended_at, ...rest } = execution;
  assert.deepEqual(rest, {
    id: cell.executionId,
    context_id: id,
    language: 'python',
    state: 'finished',
    execution_count: 1,
  });
  assert.ok(created_at <= started_at! && started_at! <= ended_at!);
});

test('a cell whose client left runs on, and whoever comes back gets every event once, while it runs and afterwards', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const cell = await sandbox.open(`import os, time
for i in range(100): print(i, "é", flush=True)
while not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)
for i in range(100, 200): print(i, flush=True)
"the result"`);
  const first = [(await cell.next())!, (await cell.next())!];
  await cell.leave();
  const running = await sandbox.resume(cell.executionId, first[1]!.id);
  const byHeader = await fetch(`${sandbox.address}/code/executions/${cell.executionId}/events`, {
    headers: { 'last-event-id': String(first[1]!.id) },
  });
  const said = await running.stdoutUntil('99 é\n');
  assert.equal((await sandbox.execution(cell.executionId)).state, 'running');
  assert.equal((await sandbox.context(first[0]!.text!)).execution_id, cell.executionId);
  writeFileSync(flag, '');
  const rest = await running.rest();
  const expected = Array.from({ length: 200 }, (_, i) => (i < 100 ? `${i} é\n` : `${i}\n`)).join('');
  assert.equal(first[1]!.text + said + textOf(rest, 'stdout'), expected);
  assert.equal((await byHeader.text()).match(/execution_complete/g)?.length, 1);
  const whole = await (await sandbox.resume(cell.executionId)).rest();
  assert.equal(textOf(whole, 'stdout'), expected);
  assert.deepEqual(whole.slice(0, 2), first);
  assert.deepEqual(typesOf(whole.slice(-3)), ['execution_count', 'result', 'execution_complete']);
  assert.deepEqual(await (await sandbox.resume(cell.executionId, whole.at(-2)!.id)).rest(), whole.slice(-1));
  assert.deepEqual(await (await sandbox.resume(cell.executionId, whole.at(-1)!.id)).rest(), []);
});

test('what was given up before a reader came back is told in bytes, and the end is there', async (t) => {
  const sandbox = await startSandbox(t, { historyBytes: 256 * 1024 });
  const cell = await sandbox.open('for i in range(300): print(str(i) * 5000, flush=True)\n1/0');
  const init = await cell.next();
  await cell.leave();
  await until(async () => (await sandbox.execution(cell.executionId)).state === 'failed', 'the cell is over');
  const events = await (await sandbox.resume(cell.executionId, init!.id)).rest();
  const missed = events.reduce((sum, event) => sum + (event.missed?.bytes ?? 0), 0);
  const printed = Array.from({ length: 300 }, (_, i) => String(i).length * 5000 + 1).reduce((a, b) => a + b);
  assert.ok(missed > 0);
  assert.equal(missed + Buffer.byteLength(textOf(events, 'stdout')), printed);
  assert.deepEqual(typesOf(events.slice(-3)), ['execution_count', 'error', 'execution_complete']);
});

test('executions are listed by context, the last 32 that have ended of each, and the state says how', async (t) => {
  const sandbox = await startSandbox(t);
  const [one, two] = [await sandbox.createContext(), await sandbox.createContext()];
  const ids = [];
  for (let i = 0; i < 35; i += 1) {
    const cell = await sandbox.open(i === 34 ? '1/0' : '1', { id: one.id });
    await cell.rest();
    ids.push(cell.executionId);
  }
  const other = await sandbox.open('import os; os._exit(3)', { id: two.id });
  await other.rest();
  const list = async (query = '') =>
    (await (await sandbox.request('GET', `/code/executions${query}`)).json()) as { id: string; state: string }[];
  const listed = await list(`?context=${one.id}`);
  assert.deepEqual(
    listed.map(({ id }) => id),
    ids.slice(-listed.length),
  );
  assert.ok(listed.length >= 32 && listed.length <= 33);
  const last = await sandbox.execution(ids.at(-1)!);
  assert.equal(last.state, 'failed');
  assert.deepEqual(last.error, { ename: 'ZeroDivisionError', evalue: 'division by zero' });
  assert.equal((await list()).length, listed.length + 1);
  assert.equal((await sandbox.execution(other.executionId)).state, 'died');
  assert.deepEqual(await list('?context=nobody'), []);
  const forgotten = await sandbox.request('GET', `/code/executions/${ids[0]}`);
  assert.equal(forgotten.status, 404);
});

test('an execution that there is not is refused, one that has ended can’t be stopped or answered', async (t) => {
  const sandbox = await startSandbox(t);
  for (const [method, path, body] of [
    ['GET', ''],
    ['GET', '/events'],
    ['DELETE', ''],
    ['POST', '/input', { value: '' }],
  ] as const) {
    const answer = await sandbox.request(method, `/code/executions/${unknown}${path}`, body);
    assert.equal(answer.status, 404);
    assert.equal(((await answer.json()) as { code: string }).code, 'EXECUTION_NOT_FOUND');
  }
  const cell = await sandbox.open('1');
  await cell.rest();
  const path = `/code/executions/${cell.executionId}`;
  for (const [answer, code] of [
    [await sandbox.request('DELETE', path), 'EXECUTION_NOT_RUNNING'],
    [await sandbox.request('POST', `${path}/input`, { value: 'x' }), 'INPUT_NOT_REQUESTED'],
  ] as const) {
    assert.equal(answer.status, 409);
    assert.equal(((await answer.json()) as { code: string }).code, code);
  }
  for (const after of ['-1', '1e3', 'x', '9'.repeat(30)])
    assert.equal((await sandbox.request('GET', `${path}/events?after=${after}`)).status, 400);
});

test('an execution that is interrupted by its id says so, in any case of its error', async (t) => {
  const sandbox = await startSandbox(t);
  const cell = await sandbox.open('print("begun", flush=True)\nwhile True: pass');
  await cell.stdoutUntil('begun\n');
  assert.equal((await sandbox.request('DELETE', `/code/executions/${cell.executionId}`)).status, 200);
  assert.equal((await cell.rest()).find(({ type }) => type === 'error')?.error?.ename, 'KeyboardInterrupt');
  assert.equal((await sandbox.execution(cell.executionId)).state, 'interrupted');
});
