import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandboxWithAgents } from '../../code/agents.ts';
import { type CodeClient, textOf } from '../../code/code-client.ts';
import { isAlive, kernelsOf, startSandbox, until } from '../../code/sandbox.ts';
import { forkedOf, parentOf, zygotesOf } from './ancestors.ts';

async function pidOf(sandbox: CodeClient, id: string): Promise<number> {
  const { events } = await sandbox.cell('import os; print(os.getpid())', { id });
  return Number(textOf(events, 'stdout'));
}

test('kernels survive the death of their zygote, and the next one is a fork of another', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  await sandbox.cell('kept = 41', { id });
  const [zygote] = zygotesOf(sandbox);
  process.kill(zygote!, 'SIGKILL');
  const { events } = await sandbox.cell('print(kept + 1)', { id });
  assert.equal(textOf(events, 'stdout'), '42\n');
  const [one, two] = [await sandbox.createContext(), await sandbox.createContext()];
  await until(() => !zygotesOf(sandbox).includes(zygote!), 'it is gone');
  assert.equal(zygotesOf(sandbox).length, 1);
  assert.ok((await pidOf(sandbox, one.id)) > 0);
  assert.equal(forkedOf(await pidOf(sandbox, two.id)), zygotesOf(sandbox)[0]);
});

test('a zygote that hangs keeps a kernel waiting, and not from starting', async (t) => {
  const told: string[] = [];
  const sandbox = await startSandbox(t, { warn: (message) => told.push(message) });
  await sandbox.createContext();
  const [zygote] = zygotesOf(sandbox);
  process.kill(zygote!, 'SIGSTOP');
  const contexts = await Promise.all([sandbox.createContext(), sandbox.createContext()]);
  for (const { id } of contexts) assert.ok((await pidOf(sandbox, id)) > 0);
  assert.match(told.join('\n'), /could not be forked/);
  await until(() => !isAlive(zygote!), 'the one that hung is gone');
});

test('a runner that is killed takes its kernel with it, which is told', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const kernel = await pidOf(sandbox, id);
  process.kill(parentOf(kernel), 'SIGKILL');
  await until(() => !isAlive(kernel), 'the kernel is gone');
  await until(async () => (await sandbox.context(id)).state === 'dead', 'its death was noticed');
  const { events } = await sandbox.cell('print(1)', { id });
  assert.match(textOf(events, 'stderr'), /what watches over it was killed.*new kernel/);
  assert.equal(textOf(events, 'stdout'), '1\n');
});

test('a new agent goes on with the zygote of one that was killed, and with its kernels', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const first = await start();
  const { id } = await first.createContext();
  await first.cell('kept = 1', { id });
  const [zygote, ...none] = zygotesOf(disk);
  assert.deepEqual(none, []);
  await first.end('SIGKILL');
  const second = await start();
  await until(async () => (await second.context(id)).state === 'idle', 'the kernel was found to be idle');
  assert.equal(textOf((await second.cell('print(kept)', { id })).events, 'stdout'), '1\n');
  const next = await second.createContext();
  assert.equal(forkedOf(await pidOf(second, next.id)), zygote);
  assert.deepEqual(zygotesOf(disk), [zygote]);
});

test('deleting a context ends its kernel, its runner, and what cells had left behind', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const kernel = await pidOf(sandbox, id);
  const runner = parentOf(kernel);
  const { events } = await sandbox.cell(
    'import subprocess; print(subprocess.Popen(["sleep", "600"], start_new_session=True).pid)',
    { id },
  );
  const left = Number(textOf(events, 'stdout'));
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  assert.deepEqual([kernel, left].filter(isAlive), []);
  await until(() => !isAlive(runner), 'the runner is gone');
  assert.deepEqual(kernelsOf(sandbox), []);
  assert.equal(zygotesOf(sandbox).length, 1);
});

test('a working directory that is gone is told as for any kernel', async (t) => {
  const sandbox = await startSandbox(t, process.getuid!() === 0 ? { user: '12345:23456' } : {});
  const { id } = await sandbox.createContext({ cwd: await madeDirectory(sandbox) });
  const kernel = await pidOf(sandbox, id);
  await sandbox.cell('import os; os.rmdir(os.getcwd())', { id });
  process.kill(kernel, 'SIGKILL');
  await until(async () => (await sandbox.context(id)).state === 'dead', 'its death was noticed');
  assert.equal((await sandbox.cell('1', { id })).error.code, 'WORKING_DIRECTORY_NOT_FOUND');
});

test('an exit in the middle of a cell, and one of a thread, end a fork as they end any kernel', async (t) => {
  for (const [code, expected] of [
    ['import os; os._exit(7)', /exited with code 7/],
    ['import ctypes; ctypes.string_at(0)', /SIGSEGV/],
    ['import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()', /SIGABRT/],
  ] as const) {
    const said = [];
    for (const zygotes of [true, false]) {
      const sandbox = await startSandbox(t, { zygotes });
      const { events } = await sandbox.cell(code);
      const last = events.at(-1)!.error!;
      assert.match(last.evalue, expected);
      said.push([last.ename, last.evalue, last.traceback.at(0)]);
    }
    assert.deepEqual(said[0], said[1]);
  }
});

async function madeDirectory(sandbox: CodeClient & { dir: string }): Promise<string> {
  const path = join(sandbox.dir, 'work/short-lived');
  await sandbox.cell(`import os; os.mkdir(${JSON.stringify(path)})`);
  assert.ok(existsSync(path));
  return path;
}
