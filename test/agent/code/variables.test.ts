import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf, typesOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

const show =
  'import os, subprocess\nprint([os.environ.get(n) for n in ("A", "B")], subprocess.getoutput("echo $A,$B"))';
const odd = `two\nlines "'\\ 漢字 🎉 \u2028 $A`;

test('a cell’s environment is its own and its subprocesses’, and is put back as it was', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.cell('import os\nos.environ["A"] = "before"');
  const { events } = await sandbox.cell(show, undefined, { envs: { A: 'one', B: 'two' } });
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'execution_complete']);
  assert.equal(textOf(events, 'stdout'), "['one', 'two'] one,two\n");
  assert.equal(events[2]?.execution_count, 2, 'nothing else is counted');
  assert.equal(textOf((await sandbox.cell(show)).events, 'stdout'), "['before', None] before,\n");
  const kept = await sandbox.cell('print(repr(os.environ["A"]))', undefined, { envs: { A: odd } });
  const { events: expected } = await sandbox.cell(`print(repr(${JSON.stringify(odd)}))`);
  assert.equal(textOf(kept.events, 'stdout'), textOf(expected, 'stdout'));
});

test('it is put back after an error, an interrupt and a time-out, too, and leaves no name behind', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const envs = { A: 'one' };
  const failed = await sandbox.cell('1/0', { id }, { envs });
  const { error } = failed.events.find(({ type }) => type === 'error')!;
  assert.equal(error?.ename, 'ZeroDivisionError');
  assert.doesNotMatch(error!.traceback.join('\n'), /cubby|variables/);
  const cell = await sandbox.open('print("begun", flush=True)\nwhile True: pass', { id }, { envs });
  await cell.stdoutUntil('begun');
  await sandbox.interrupt(id);
  await cell.rest();
  await sandbox.cell('while True: pass', { id }, { envs, timeout: 200 });
  const after = await sandbox.cell(
    `${show}\nprint([n for n in dir() if "ubby" in n or n == "variables"], "_cubby_variables" in dir(__import__("sys")))`,
    { id },
  );
  assert.equal(textOf(after.events, 'stdout'), '[None, None] ,\n[] False\n');
  assert.equal(textOf((await sandbox.cell('print(In[1:])', { id })).events, 'stdout').includes('exec('), false);
});

test('a cell that ends its kernel ends with that, whatever its environment', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('import os; os._exit(3)', undefined, { envs: { A: '1' } });
  assert.equal(events.at(-1)?.error?.ename, 'KernelDied');
});

test('variables that are none are refused, and so is any in a language that can’t have them', async (t) => {
  const argv = ['/bin/sh', '-c', 'exit 1'];
  const sandbox = await startSandbox(t, { specs: { other: { argv, language: 'other' } } });
  for (const [envs, field] of [
    [{ 'A=B': '1' }, /^envs/],
    [{ A: 1 }, /^envs/],
    [{ A: 'x\0' }, /^envs/],
    [['A'], /^envs/],
  ] as const) {
    const { status, error } = await sandbox.cell('1', undefined, { envs });
    assert.equal(status, 400);
    assert.match(error.field ?? '', field);
  }
  const { error } = await sandbox.cell('1', { language: 'other' }, { envs: { A: '1' } });
  assert.deepEqual([error.code, error.field], ['INVALID_PARAMETER', 'envs']);
});
