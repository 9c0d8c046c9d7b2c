import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CellAnswer, textOf, typesOf } from './code-client.ts';
import { isAlive, startSandbox, until } from './sandbox.ts';
import { stateIsKept } from './shell-state.ts';

const bash = { language: 'bash' };

test('a last command that fails is the error of its cell, with its exit code, and the state stays', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('x=1; echo before; false; (exit 3)', bash);
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'error', 'execution_complete']);
  assert.deepEqual(errorOf({ events }), { ename: 'CommandExecError', evalue: '3', traceback: ['exit status 3'] });
  assert.equal(textOf((await sandbox.cell('echo "$? $x"', bash)).events, 'stdout'), '3 1\n');
});

for (const [what, code, evalue, said] of [
  ['a program that there is none of', 'nonesuch', '127', /nonesuch: command not found/],
  ['a file that can’t be executed', '/', '126', /Is a directory/],
  ['a syntax error', 'echo one\nif then fi\necho no', '2', /line 2: syntax error near unexpected token `then'/],
  ['an open quote', "echo one\necho 'open", '2', /unexpected EOF/],
  ['an unset variable under set -u', 'echo one; set -u; echo $none; echo no', '1', /none: unbound variable/],
  ['a pipeline under pipefail', 'echo one; set -o pipefail; (exit 4) | cat', '4', /^$/],
] as const) {
  test(`${what} is an error that says so, and the next cell runs in the same shell`, async (t) => {
    const sandbox = await startSandbox(t);
    await sandbox.cell('x=1', bash);
    const pid = textOf((await sandbox.cell('echo $$', bash)).events, 'stdout');
    const { events } = await sandbox.cell(code, bash);
    assert.equal(errorOf({ events })?.evalue, evalue);
    assert.equal(events.at(-1)?.type, 'execution_complete');
    assert.match(textOf(events, 'stderr'), said);
    assert.ok(!textOf(events, 'stdout').includes('no'));
    assert.equal(textOf((await sandbox.cell('set +u; echo "$$ $x"', bash)).events, 'stdout'), `${pid.trim()} 1\n`);
  });
}

for (const [how, code, evalue, kept] of [
  ['exit', 'x=2; cd /usr; exit 3', '3', '2 /usr'],
  ['set -e', 'set -euo pipefail\nx=2\ncd /usr\necho before\nfalse\necho no', '1', '2 /usr'],
  ['kill -9 $$', 'x=2; kill -9 $$; echo no', '-1', '1 /'],
  ['exec', 'x=2; exec sh -c "exit 8"', '8', '1 /'],
] as const) {
  test(`a shell that ends with its cell, by ${how}, is told of once, and the next has its state`, async (t) => {
    const sandbox = await startSandbox(t);
    await sandbox.cell('x=1; f() { echo "f of $x"; }; cd /', bash);
    const { events } = await sandbox.cell(code, bash);
    const id = events[0]!.text!;
    const { ename, evalue: code_, traceback } = errorOf({ events })!;
    assert.deepEqual([ename, code_], ['CommandExecError', evalue]);
    assert.match(
      traceback.join('\n'),
      /The shell ended with this run.* The next run gets a new one, with the directory, var/,
    );
    assert.ok(!textOf(events, 'stdout').includes('no'));
    assert.equal(textOf(events, 'stderr'), '');
    assert.equal((await sandbox.context(id)).state, 'idle');
    const next = await sandbox.cell('set +e; echo "$x $PWD"; f', bash);
    assert.equal(textOf(next.events, 'stdout'), `${kept}\nf of ${kept[0]}\n`);
    assert.equal(textOf(next.events, 'stderr'), '');
    assert.equal(next.events.find(({ type }) => type === 'execution_count')?.execution_count, 3);
  });
}

test('exit 0 is no error; that there is a new shell is said on standard error', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('x=1; echo bye; exit', bash);
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'stderr', 'execution_count', 'execution_complete']);
  assert.match(textOf(events, 'stderr'), /^The shell ended with this run \(exit status 0\)\. .*\n$/);
  assert.equal(textOf((await sandbox.cell('echo $x', bash)).events, 'stdout'), '1\n');
});

test('a shell that is killed between two cells is told of by the next one, which has its state', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('x=1; cd /usr; echo $$', bash);
  const pid = Number(textOf(events, 'stdout'));
  await stateIsKept(sandbox.dir, 'x="1"');
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid), 'it is gone');
  const next = await sandbox.cell('echo "$x $PWD"', bash);
  assert.match(
    textOf(next.events, 'stderr'),
    /^The shell ended \(signal: killed\)\. This run has a new one, with .*\n$/,
  );
  assert.equal(textOf(next.events, 'stdout'), '1 /usr\n');
  assert.equal(textOf((await sandbox.cell(':', bash)).events, 'stderr'), '');
});

for (const [what, code] of [
  ['a program', 'echo ready; sleep 1000; echo no'],
  ['a loop of the shell’s', 'echo ready; while :; do :; done; echo no'],
  ['a pipeline with jobs beside', 'sleep 1001 & echo ready; yes | cat >/dev/null; echo no'],
  ['a program that takes no notice of SIGINT', `echo ready; sh -c "trap '' INT; sleep 1000; sleep 1001"; echo no`],
] as const) {
  test(`an interrupt ends ${what}, and the state is kept`, async (t) => {
    const sandbox = await startSandbox(t);
    await sandbox.cell('x=1; f() { echo "f $x"; }; sleep 999 &', bash);
    const cell = await sandbox.open(code, bash);
    const id = (await cell.next())!.text!;
    await cell.stdoutUntil('ready\n');
    assert.equal((await sandbox.context(id)).state, 'busy');
    assert.equal((await sandbox.cell(':', bash)).error.code, 'CONTEXT_BUSY');
    assert.equal(await sandbox.interrupt(id), 200);
    const events = await cell.rest();
    const { ename, evalue, traceback } = errorOf({ events })!;
    assert.deepEqual([ename, evalue, traceback], ['CommandExecError', '-1', ['signal: terminated by an interrupt']]);
    assert.equal(events.at(-1)?.type, 'execution_complete');
    assert.equal(textOf(events, 'stdout'), '');
    const next = await sandbox.cell('f; jobs -r | wc -l', bash);
    assert.equal(textOf(next.events, 'stdout').replaceAll(' ', ''), 'f1\n1\n');
    assert.equal(await sandbox.interrupt(id), 200, 'where nothing runs nothing happens');
  });
}

test('a time-out keeps the state, also where what runs takes no notice of SIGINT', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext(bash);
  const code = `x=1; sh -c "trap '' INT TERM; while :; do sleep 1000; done"; echo no`;
  const { events } = await sandbox.cell(code, { id }, { timeout: 200 });
  assert.equal(errorOf({ events })?.ename, 'CellTimedOut');
  assert.equal(events.at(-1)?.type, 'execution_complete');
  assert.equal(textOf((await sandbox.cell('echo $x', { id })).events, 'stdout'), '1\n');
});

test('a trap for SIGINT is sprung by an interrupt', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.cell(`trap 'echo "cleaned up"' INT`, bash);
  const cell = await sandbox.open('echo ready; sleep 1000; echo no', bash);
  const id = (await cell.next())!.text!;
  await cell.stdoutUntil('ready\n');
  await sandbox.interrupt(id);
  assert.equal(textOf(await cell.rest(), 'stdout'), 'cleaned up\n');
});

test('an interrupt right after the start of a cell is not lost', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext(bash);
  for (let round = 0; round < 5; round += 1) {
    const cell = await sandbox.open('while :; do :; done', { id });
    assert.equal(await sandbox.interrupt(id), 200);
    assert.equal(errorOf({ events: await cell.rest() })?.evalue, '-1');
    assert.equal((await sandbox.context(id)).state, 'idle');
  }
});

test('a context that is deleted tells the cell that runs, and takes along all that was started in it', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext(bash);
  await sandbox.cell('sleep 1000 & setsid sleep 1001 & exit 1', { id });
  const cell = await sandbox.open('echo ready; sleep 1002', { id });
  await cell.stdoutUntil('ready\n');
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  const events = await cell.rest();
  assert.equal(events.at(-1)?.error?.ename, 'ContextDeleted');
  assert.equal((await sandbox.cell(':', { id })).error.code, 'CONTEXT_NOT_FOUND');
  assert.deepEqual(readdirSync(join(sandbox.dir, 'spool')), []);
});

function errorOf({ events }: Pick<CellAnswer, 'events'>) {
  return events.find(({ type }) => type === 'error')?.error;
}
