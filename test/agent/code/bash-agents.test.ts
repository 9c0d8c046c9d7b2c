import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandboxWithAgents } from './agents.ts';
import { textOf } from './code-client.ts';
import { until } from './sandbox.ts';
import { stateIsKept } from './shell-state.ts';

const bash = { language: 'bash' };

test('a new agent goes on with the bash of one that was killed, state, jobs and count included', async (t) => {
  const { start } = startSandboxWithAgents(t);
  const first = await start();
  const { id } = await first.createContext({ ...bash, cwd: '/usr' });
  await first.cell('x=1; f() { echo "f of $x"; }; sleep 1000 &', { id });
  const usual = await first.cell('y=2', bash);
  await first.end('SIGKILL');
  const second = await start();
  await until(async () => (await second.context(id)).state !== 'starting', 'the shell was taken over');
  assert.deepEqual(await second.context(id), { id, language: 'bash', cwd: '/usr', state: 'idle', queued: 0 });
  const { events } = await second.cell('f; pwd; jobs -r | wc -l', { id });
  assert.equal(textOf(events, 'stdout').replaceAll(' ', ''), 'fof1\n/usr\n1\n');
  assert.equal(events.find(({ type }) => type === 'execution_count')?.execution_count, 2);
  assert.equal(textOf(events, 'stderr'), '');
  const other = await second.cell('echo "$y"', bash);
  assert.equal(textOf(other.events, 'stdout'), '2\n');
  assert.equal(other.events[0]?.text, usual.events[0]?.text);
});

test('a cell of bash that ran when the agent was killed runs on, whatever it puts out, and can be interrupted', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const flag = join(disk.dir, 'work/go-on');
  const first = await start();
  const [one, two] = [await first.createContext(bash), await first.createContext(bash)];
  // More than is held for a reader: nobody comes for it.
  const code = `echo begun; head -c 3000000 /dev/zero; while [ ! -e '${flag}' ]; do sleep 0.01; done; done=1`;
  for (const { id } of [one, two]) await (await first.open(code, { id })).stdoutUntil('begun\n');
  await first.end('SIGKILL');
  const second = await start();
  for (const { id } of [one, two])
    await until(async () => (await second.context(id)).state === 'busy', 'the shell was found to be busy');
  assert.equal((await second.cell(':', { id: one.id })).error.code, 'CONTEXT_BUSY');
  assert.equal(await second.interrupt(one.id), 200);
  await until(async () => (await second.context(one.id)).state === 'idle', 'the interrupted cell ended');
  assert.equal((await second.context(two.id)).state, 'busy');
  writeFileSync(flag, '');
  await until(async () => (await second.context(two.id)).state === 'idle', 'the other cell ended');
  assert.equal(textOf((await second.cell('echo "[$done]"', { id: one.id })).events, 'stdout'), '[]\n');
  assert.equal(textOf((await second.cell('echo "[$done]"', { id: two.id })).events, 'stdout'), '[1]\n');
});

test('a shell that ended while there was no agent is told of at the next cell, which has its state', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const first = await start();
  const { id } = await first.createContext(bash);
  const pid = Number(textOf((await first.cell('x=1; echo $$', { id })).events, 'stdout'));
  await stateIsKept(disk.dir, 'x="1"');
  await first.end('SIGKILL');
  process.kill(pid, 'SIGKILL');
  const second = await start();
  const { events } = await second.cell('echo "$x"', { id });
  assert.match(textOf(events, 'stderr'), /^The shell ended \(signal: killed\)/);
  assert.equal(textOf(events, 'stdout'), '1\n');
});
