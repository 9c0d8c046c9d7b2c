import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandboxWithAgents } from '../../code/agents.ts';
import { type CodeClient, textOf } from '../../code/code-client.ts';
import { kernelsOf, startSandbox, until } from '../../code/sandbox.ts';
import { forksOf, zygotesOf } from './ancestors.ts';

const about = 'import os, random; print(os.getpid(), os.getcwd(), os.environ.get("LATER"), random.random())';

async function say(sandbox: CodeClient, code: string, id: string): Promise<string[]> {
  const { events } = await sandbox.cell(code, { id });
  assert.equal(events.at(-1)?.type, 'execution_complete', JSON.stringify(events.at(-1)));
  return textOf(events, 'stdout').trim().split(' ');
}

test('a context gets a kernel that has waited, in its own directory and with the environment of now', async (t) => {
  const sandbox = await startSandbox(t, { spares: 2 });
  assert.deepEqual(kernelsOf(sandbox), [], 'nothing waits before there was a first');
  const first = await sandbox.createContext();
  await until(() => forksOf(zygotesOf(sandbox)[0]!).length === 3, 'two wait');
  const waiting = forksOf(zygotesOf(sandbox)[0]!);
  mkdirSync(join(sandbox.dir, 'work/.opensandbox'));
  writeFileSync(join(sandbox.dir, 'work/.opensandbox/env'), 'LATER=said later\nTZ=Asia/Tokyo\n');
  const { id } = await sandbox.createContext({ cwd: '/usr/lib' });
  const [pid, cwd, ...later] = await say(sandbox, about, id);
  assert.ok(waiting.includes(Number(pid)));
  assert.deepEqual([cwd, ...later.slice(0, 2)], ['/usr/lib', 'said', 'later']);
  // The second cell of its context, and nothing of ours before it.
  assert.deepEqual(await say(sandbox, 'import time; print(time.tzname[0], _dh[0], len(In))', id), [
    'JST',
    '/usr/lib',
    '3',
  ]);
  const [other] = await say(sandbox, about, first.id);
  assert.notEqual(other, pid);
  await until(() => forksOf(zygotesOf(sandbox)[0]!).length === 4, 'two wait again');
});

test('a spare that died, or can’t enter the directory, is no context’s', async (t) => {
  const sandbox = await startSandbox(t, { spares: 1 });
  await sandbox.createContext();
  const [zygote] = zygotesOf(sandbox);
  await until(() => forksOf(zygote!).length === 2, 'one waits');
  for (const pid of forksOf(zygote!)) process.kill(pid, 'SIGKILL');
  const { id } = await sandbox.createContext();
  assert.match((await say(sandbox, about, id))[0]!, /^\d+$/);
});

test('an agent that comes after one that was killed ends what waited, and keeps what had a context', async (t) => {
  const { disk, start } = startSandboxWithAgents(t, {}, { spares: 1 });
  const first = await start();
  await first.createContext();
  const [zygote] = zygotesOf(disk);
  await until(() => forksOf(zygote!).length === 2, 'one waits');
  const { id } = await first.createContext();
  await first.cell('kept = 1', { id });
  await until(() => forksOf(zygote!).length === 3, 'one waits again');
  await first.end('SIGKILL');
  const second = await start();
  await until(async () => (await second.context(id)).state === 'idle', 'the kernel was found to be idle');
  assert.deepEqual(await say(second, 'print(kept)', id), ['1']);
  await until(() => forksOf(zygote!).length === 2 && kernelsOf(disk).length === 2, 'the one that waited is gone');
});
