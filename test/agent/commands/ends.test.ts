import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandRun, startAgent, streamEvents, type TestAgent } from '../../support/agent.ts';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

test('a command that starts like an option of the shell is a command', async (t) => {
  const agent = await startAgent(t);
  for (const command of ['-x', '+x', '--version']) {
    const { stderr, exitCode } = await agent.run(command);
    assert.equal(exitCode, 127, command);
    assert.ok(stderr.includes(`${command}: command not found`), stderr);
  }
});

test('every way to end is one last event, and the same in the status', async (t) => {
  const agent = await startAgent(t);
  const ends: [command: string, evalue: string, reason: string][] = [
    ['exit 255', '255', 'exited'],
    ['exit 130', '130', 'exited'],
    ['exec no-such-program', '127', 'exited'],
    ['exec /', '126', 'exited'],
    ['kill -SEGV $$', '-1', 'signaled'],
    ['kill -KILL $$', '-1', 'signaled'],
    ['exec >&- 2>&-; exit 5', '5', 'exited'],
    ['echo text; exec 2>/dev/null >&2; (exit 6)', '6', 'exited'],
    ['exec sh -c "exit 7"', '7', 'exited'],
  ];
  for (const [command, evalue, reason] of ends) {
    const run = await agent.run(command);
    assert.deepEqual([lastOf(run)?.error?.evalue, await reasonOf(agent, run)], [evalue, reason], command);
    assert.equal(run.events.filter(({ type }) => ['error', 'execution_complete'].includes(type)).length, 1);
  }
});

test('a command that never ran ends with the reason', async (t) => {
  const agent = await startAgent(t);
  const closed = join(agent.dir, 'closed');
  chmodSync(agent.dir, 0o755);
  mkdirSync(closed);
  chmodSync(closed, 0o644);
  // Root may enter whatever directory.
  const run = await agent.run('echo text', { cwd: closed, ...(process.getuid!() === 0 ? { uid: nobody } : {}) });
  assert.deepEqual(lastOf(run)?.error, {
    ename: 'CommandExecError',
    evalue: 'chdir: Permission denied',
    traceback: ['chdir: Permission denied'],
  });
  assert.equal(await reasonOf(agent, run), 'failed');
});

test('a caller whose command’s runner is killed hears of the end', async (t) => {
  const agent = await startAgent(t);
  const events = streamEvents(await agent.post('/command', { command: "printf 'text\\nrest'; exec sleep 1000" }));
  const id = (await events.next()).value!.text!;
  assert.equal((await events.next()).value!.text, 'text');
  const logs = async () => (await agent.fetch(`/command/${id}/logs`)).text();
  await until(async () => (await logs()).endsWith('rest'), 'the runner has all of its output');
  const runner = descendants(process.pid).find(({ command }) => command.includes(id))!.pid;
  const [command] = descendants(runner);
  process.kill(runner, 'SIGKILL');
  t.after(() => process.kill(command!.pid, 'SIGKILL'));
  const rest = [];
  for await (const event of events) rest.push(event);
  assert.deepEqual(
    rest.map((event) => [event.id, event.type, event.text ?? event.error?.traceback[0]]),
    [
      [10, 'stdout', 'rest'],
      [12, 'error', 'its runner was killed, so nobody saw how it ended'],
    ],
  );
  assert.equal((await agent.fetch(`/command?id=${id}`, { method: 'DELETE' })).status, 409);
});

test('an interrupt of what a command left running answers when that is gone, though it ignores SIGTERM', async (t) => {
  const agent = await startAgent(t);
  const { events } = await agent.run(`(trap '' TERM; echo $BASHPID > pid; while :; do sleep 0.01; done) & true`, {
    cwd: agent.dir,
  });
  await until(() => (statSync(join(agent.dir, 'pid'), { throwIfNoEntry: false })?.size ?? 0) > 0, 'it runs');
  assert.equal((await agent.fetch(`/command?id=${events[0]!.text}`, { method: 'DELETE' })).status, 200);
  assert.equal((await agent.run('kill -0 $(cat pid)', { cwd: agent.dir })).exitCode, 1);
});

test('two interrupts at once are both answered', async (t) => {
  const agent = await startAgent(t);
  const id = await agent.background('sleep 1000');
  const answers = await Promise.all([1, 2].map(() => agent.fetch(`/command?id=${id}`, { method: 'DELETE' })));
  const statuses = answers.map(({ status }) => status).sort();
  // The second may come when it has ended.
  assert.ok([200, 409].includes(statuses[1]!), String(statuses));
  assert.equal(statuses[0], 200);
});

test('a command that puts out one byte at a time, and binary, is whole', async (t) => {
  const agent = await startAgent(t);
  const { stdout } = await agent.run(`for i in $(seq 200); do printf x; done; printf '\\n\\000\\377\\n'`);
  assert.equal(stdout, `${'x'.repeat(200)}\n\0\uFFFD`);
});

const nobody = 65534;

function lastOf({ events }: CommandRun) {
  return events.at(-1);
}

async function reasonOf(agent: TestAgent, { events }: CommandRun): Promise<string> {
  return ((await (await agent.fetch(`/command/status/${events[0]!.text}`)).json()) as { reason: string }).reason;
}
