import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CodeClient } from './code-client.ts';
import { textOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

const asks = { allow_input: true };

async function answer(client: CodeClient, executionId: string, value: unknown): Promise<number> {
  const response = await client.request('POST', `/code/executions/${executionId}/input`, { value });
  await response.text();
  return response.status;
}

test('a cell that asks gets the caller’s answers, one after the other', async (t) => {
  const sandbox = await startSandbox(t);
  const code =
    'import getpass\nname = input("name? ")\nword = getpass.getpass("word? ")\nprint(repr(name), repr(word), repr(input()))';
  const cell = await sandbox.open(code, undefined, asks);
  const answers = ['Ada Lovelace', 'geheim 漢字 🎉', ''];
  const requests = [];
  for (const value of answers) {
    requests.push((await cell.until('input_request')).input_request);
    const { state, waiting_for_input } = await sandbox.execution(cell.executionId);
    assert.equal(state, 'running');
    assert.deepEqual(waiting_for_input, requests.at(-1));
    assert.equal(await answer(sandbox, cell.executionId, value), 200);
  }
  assert.deepEqual(requests, [
    { prompt: 'name? ', password: false },
    { prompt: 'word? ', password: true },
    { prompt: '', password: false },
  ]);
  assert.equal(textOf(await cell.rest(), 'stdout'), `${answers.map((text) => `'${text}'`).join(' ')}\n`);
  assert.equal((await sandbox.execution(cell.executionId)).waiting_for_input, undefined);
  assert.equal(await answer(sandbox, cell.executionId, 'late'), 409);
});

test('an answer that nobody asked for is refused, and the next question is not answered by it', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const waits = `import os, time\nprint("begun", flush=True)\nwhile not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)`;
  const cell = await sandbox.open(`${waits}\nprint(input("? "))`, undefined, asks);
  await cell.stdoutUntil('begun\n');
  assert.equal(await answer(sandbox, cell.executionId, 'early'), 409);
  writeFileSync(flag, '');
  await cell.until('input_request');
  assert.equal(await answer(sandbox, cell.executionId, 7), 400);
  assert.equal(await answer(sandbox, cell.executionId, 'asked'), 200);
  assert.equal(await answer(sandbox, cell.executionId, 'twice'), 409);
  assert.equal(textOf(await cell.rest(), 'stdout'), 'asked\n');
});

test('an interrupt and a time-out end the waiting, and the next cell runs', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const cell = await sandbox.open('input("? ")', { id }, asks);
  await cell.until('input_request');
  assert.equal(await sandbox.interrupt(id), 200);
  const events = await cell.rest();
  assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'KeyboardInterrupt');
  assert.equal(textOf((await sandbox.cell('print("next")', { id })).events, 'stdout'), 'next\n');
  const slow = await sandbox.cell('input("? ")', { id }, { ...asks, timeout: 300 });
  assert.equal(slow.events.find(({ type }) => type === 'error')?.error?.ename, 'CellTimedOut');
  assert.equal(textOf((await sandbox.cell('print("after")', { id })).events, 'stdout'), 'after\n');
});

test('whoever comes back to a cell that asks is asked, and may answer', async (t) => {
  const sandbox = await startSandbox(t);
  const cell = await sandbox.open('print(input("who? "))', undefined, asks);
  await cell.until('input_request');
  await cell.leave();
  const again = await sandbox.resume(cell.executionId, 0);
  assert.equal((await again.until('input_request')).input_request?.prompt, 'who? ');
  assert.equal(await answer(sandbox, cell.executionId, 'somebody else'), 200);
  assert.equal(textOf(await again.rest(), 'stdout'), 'somebody else\n');
});
