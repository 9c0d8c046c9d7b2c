import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandboxWithAgents } from './agents.ts';
import { textOf } from './code-client.ts';
import { until } from './sandbox.ts';

test('a new agent goes on with the contexts of one that was killed, state included', async (t) => {
  const { start } = startSandboxWithAgents(t);
  const first = await start();
  const { id } = await first.createContext();
  await first.cell('kept = 41', { id });
  const before = await first.cell('usual = 1');
  await first.end('SIGKILL');
  const second = await start();
  await until(async () => (await second.context(id)).state === 'idle', 'the kernel was found to be idle');
  const { events } = await second.cell('kept + 1', { id });
  assert.equal(events.find(({ type }) => type === 'result')?.results?.text, '42');
  assert.equal(textOf(events, 'stderr'), '');
  await until(async () => (await second.context(before.events[0]!.text!)).state === 'idle', 'the other was, too');
  const usual = await second.cell('print(usual)');
  assert.equal(textOf(usual.events, 'stdout'), '1\n');
  assert.equal(usual.events[0]?.text, before.events[0]?.text);
});

test('a cell that ran when the agent was killed runs on: its context is busy until it is done, or interrupted', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const flag = join(disk.dir, 'work/go-on');
  const first = await start();
  const [one, two] = [await first.createContext(), await first.createContext()];
  const wait = `import os, time
print("begun", flush=True)
while not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)
done = True`;
  for (const { id } of [one, two]) await (await first.open(wait, { id })).stdoutUntil('begun\n');
  await first.end('SIGKILL');
  const second = await start();
  for (const { id } of [one, two])
    await until(async () => (await second.context(id)).state === 'busy', 'the kernel was found to be busy');
  assert.equal((await second.cell('1', { id: one.id })).error.code, 'CONTEXT_BUSY');
  assert.equal(await second.interrupt(one.id), 200);
  await until(async () => (await second.context(one.id)).state === 'idle', 'the interrupted cell ended');
  assert.equal((await second.context(two.id)).state, 'busy');
  writeFileSync(flag, '');
  await until(async () => (await second.context(two.id)).state === 'idle', 'the other cell ended');
  assert.equal(textOf((await second.cell('print("done" in dir())', { id: one.id })).events, 'stdout'), 'False\n');
  assert.equal(textOf((await second.cell('print("done" in dir())', { id: two.id })).events, 'stdout'), 'True\n');
});

test('a kernel that died while there was no agent is told of at the next cell', async (t) => {
  const { start } = startSandboxWithAgents(t);
  const first = await start();
  const { id } = await first.createContext();
  const pid = Number(textOf((await first.cell('import os; print(os.getpid())', { id })).events, 'stdout'));
  await first.end('SIGKILL');
  process.kill(pid, 'SIGKILL');
  const second = await start();
  await until(async () => (await second.context(id)).state === 'dead', 'the death was noticed');
  const { events } = await second.cell('1 + 1', { id });
  assert.match(textOf(events, 'stderr'), /new kernel/);
  assert.equal(events.find(({ type }) => type === 'result')?.results?.text, '2');
});
