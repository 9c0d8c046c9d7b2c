import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { javascript } from '../../../agent/code/variables/javascript.ts';
import { merged, textOf, typesOf } from './code-client.ts';
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
  assert.equal(merged(events)[2]?.execution_count, 2, 'nothing else is counted');
  assert.equal(textOf((await sandbox.cell(show)).events, 'stdout'), "['before', None] before,\n");
  const kept = await sandbox.cell('print(repr(os.environ["A"]))', undefined, { envs: { A: odd } });
  const { events: expected } = await sandbox.cell(`print(repr(${JSON.stringify(odd)}))`);
  assert.equal(textOf(kept.events, 'stdout'), textOf(expected, 'stdout'));
  const { events: quiet } = await sandbox.cell('1', undefined, { envs: { A: 'a \u0085 \u2028 \u2029' } });
  assert.deepEqual(typesOf(quiet), ['init', 'execution_count', 'result', 'execution_complete']);
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
  await cell.stdoutUntil('begun\n');
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

test('cells of a shell have an environment of their own, too', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext({ language: 'bash' });
  const run = async (code: string, envs?: object) => await sandbox.cell(code, { id }, { envs });
  const text = async (code: string, envs?: object) => textOf((await run(code, envs)).events, 'stdout');
  const look = 'printf "%s|" "$A" "$B" "$C"; sh -c \'echo "$A|$B|$C"\'';
  const envs = { A: 'one', B: odd, C: "it's" };
  await run('export A=before; B=local; set -u');
  const before = await run('echo 1');
  const { events } = await run(`set +u; ${look}`, envs);
  assert.equal(textOf(events, 'stdout'), `one|${odd}|it's|one|${odd}|it's\n`);
  const count = (each: typeof events) => each.find(({ type }) => type === 'execution_count')?.execution_count;
  assert.equal(count(events), count(before.events)! + 1, 'nothing else is counted');
  assert.equal(await text(look), 'before|local||before||\n');
  assert.equal((await run('false', envs)).events.find(({ type }) => type === 'error')?.error?.evalue, '1');
  const cell = await sandbox.open('echo begun; sleep 600', { id }, { envs });
  await cell.stdoutUntil('begun\n');
  await sandbox.interrupt(id);
  await cell.rest();
  assert.equal(await text(`${look}; set | grep -c cubby_kept`), 'before|local||before||\n0\n');
  const { error } = await run('true', { 'A.B': '1' });
  assert.deepEqual([error.code, error.field], ['INVALID_PARAMETER', 'envs']);
});

test('the code for Node sets, puts back and changes variables, and leaves no name behind', () => {
  const run = (code: string) => runInThisContext(code);
  const { CUBBY_A, CUBBY_B } = process.env;
  assert.deepEqual([CUBBY_A, CUBBY_B], [undefined, undefined]);
  const names = Object.getOwnPropertyNames(globalThis);
  Object.assign(globalThis, { process });
  process.env.CUBBY_A = 'before';
  assert.equal(run(javascript.set({ CUBBY_A: odd, CUBBY_B: 'two' })), undefined);
  assert.equal(execFileSync('sh', ['-c', 'printf %s "$CUBBY_A$CUBBY_B"']).toString(), `${odd}two`);
  run(javascript.set({ CUBBY_A: 'again' }));
  run(javascript.restore(['CUBBY_A', 'CUBBY_B']));
  assert.deepEqual([process.env.CUBBY_A, process.env.CUBBY_B], ['before', undefined]);
  run(javascript.restore(['CUBBY_A', 'CUBBY_B']));
  run(javascript.change({ CUBBY_A: null }));
  assert.equal(process.env.CUBBY_A, undefined);
  assert.deepEqual(Object.getOwnPropertyNames(globalThis), names);
  assert.deepEqual(
    Object.getOwnPropertySymbols(globalThis).filter((symbol) => String(symbol).includes('cubby')),
    [],
  );
});

test('what a user keeps for every process reaches kernels that run already, once', async (t) => {
  const sandbox = await startSandbox(t);
  const file = join(sandbox.dir, 'work/.opensandbox/env');
  const [python, bash] = [await sandbox.createContext(), await sandbox.createContext({ language: 'bash' })];
  const inPython = 'import os, subprocess\nprint(os.environ.get("KEPT"), subprocess.getoutput("echo $KEPT"))';
  const look = async () => [
    textOf((await sandbox.cell(inPython, { id: python.id })).events, 'stdout'),
    textOf((await sandbox.cell('echo "$KEPT"; sh -c \'echo "$KEPT"\'', { id: bash.id })).events, 'stdout'),
  ];
  assert.deepEqual(await look(), ['None \n', '\n\n']);
  mkdirSync(join(file, '..'));
  writeFileSync(file, 'KEPT=one\n');
  assert.deepEqual(await look(), ['one one\n', 'one\none\n']);
  await sandbox.cell('os.environ["KEPT"] = "own"', { id: python.id });
  await sandbox.cell('KEPT=own', { id: bash.id });
  assert.deepEqual(await look(), ['own own\n', 'own\nown\n'], 'what cells set stays');
  appendFileSync(file, 'KEPT=two\n');
  assert.deepEqual(await look(), ['two two\n', 'two\ntwo\n']);
  rmSync(file);
  assert.deepEqual(await look(), ['None \n', '\n\n']);
});
