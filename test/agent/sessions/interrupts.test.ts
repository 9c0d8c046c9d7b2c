import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, type NumberedEvent, readEvents, startAgent, streamEvents } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { failure, makeSession, sleepers, sleeping, type TestSession } from './session-client.ts';

/** Starts a run, waits until it says `ready`, interrupts it and returns what became of it. */
async function interrupted(session: TestSession, command: string) {
  const events = streamEvents(await session.post(command));
  const seen: NumberedEvent[] = [];
  for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
    seen.push(event);
    if (event.text === 'ready') break;
    assert.ok(!event.error, JSON.stringify(event));
  }
  const answer = await session.interrupt();
  for await (const event of events) seen.push(event);
  return { answer: answer.status, ...collect(seen) };
}

for (const [what, command] of [
  ['a program', 'echo ready; sleep 1000; echo no'],
  ['a loop of programs', 'echo ready; while :; do sleep 0.01; done; echo no'],
  ['a loop of nothing but the shell', 'echo ready; while :; do :; done; echo no'],
  [
    'a function in a loop in a sourced file',
    'g() { while :; do sleep 1000; done; }; . <(echo "echo ready; for i in 1 2; do g; done"); echo no',
  ],
  ['a builtin that waits', 'sleep 1000 & echo ready; wait; echo no'],
  ['a pipeline', 'echo ready; yes | tail -n 1 | cat; echo no'],
  ['a substitution', 'echo ready; echo "$(sleep 1000)"; echo no'],
  ['a trap that goes on', 'trap "echo trapped" USR1; echo ready; while :; do sleep 1000; done; echo no'],
  ['a program that ends as if nothing was', `echo ready; sh -c "trap 'exit 0' INT; sleep 1000"; echo no`],
  ['a shell that takes no notice of SIGINT', `trap '' INT; echo ready; while :; do :; done`],
  ['a shell that catches every SIGINT and goes on', `trap : INT; echo ready; while :; do sleep 0.1; done`],
  ['a program that takes no notice of SIGINT', `echo ready; sh -c "trap '' INT; sleep 1000; sleep 1001"; echo no`],
  ['programs that stopped', `echo ready; sh -c 'kill -STOP $$'; echo no`],
] as const) {
  test(`an interrupt ends ${what}, and the shell keeps its state`, async (t) => {
    const session = await makeSession(await startAgent(t));
    await session.run('x=1; f() { echo "f $x"; }; sleep 999 & cd /usr');
    await sleeping('999');
    const { answer, events, stdout } = await interrupted(session, command);
    assert.equal(answer, 200);
    assert.equal(stdout, 'ready');
    const { evalue, words } = failure({ events } as never);
    assert.deepEqual([evalue, words], ['-1', 'signal: terminated by an interrupt']);
    assert.deepEqual(sleepers(), ['999'], 'what an earlier run left running runs on, and nothing else');
    assert.equal((await session.run('f; pwd; jobs -r | wc -l')).stdout, 'f 1\n/usr\n1');
    assert.equal((await session.state()).restarts, 0);
  });
}

test('an interrupt ends what the run has started and left behind, wherever that hides', async (t) => {
  const session = await makeSession(await startAgent(t));
  await session.run('(setsid sleep 990 &); sleep 991 &');
  await sleeping('990', '991');
  const run = `setsid sleep 1001 & (setsid sh -c "trap '' INT TERM HUP; sleep 1002; sleep 1003" &) ; nohup sleep 1004 >/dev/null 2>&1 & echo ready; sleep 1005`;
  const { answer } = await interrupted(session, run);
  assert.equal(answer, 200);
  assert.deepEqual(sleepers(), ['990', '991']);
  assert.equal((await session.state()).restarts, 0);
});

for (const [what, command] of [
  ['takes no notice of any signal', `trap '' INT RTMAX; echo ready; while :; do :; done`],
  ['has become another program', 'echo ready; exec sleep 1000'],
] as const) {
  test(`a shell that ${what} is replaced, with the state of before, and that is said`, async (t) => {
    const session = await makeSession(await startAgent(t));
    await session.run('x=1; cd /usr');
    const { answer, events } = await interrupted(session, command);
    assert.equal(answer, 200);
    const { evalue, words } = failure({ events } as never);
    assert.equal(evalue, '-1');
    assert.match(words, /^signal: terminated by an interrupt\nThe shell ended with this run/);
    assert.equal(events.at(-2)!.restarted?.kept, 'earlier');
    assert.equal((await session.run('echo $x $PWD')).stdout, '1 /usr');
  });
}

test('what a user has set for SIGINT is done at an interrupt, and stays', async (t) => {
  const session = await makeSession(await startAgent(t));
  await session.run(`trap 'echo "cleaned up"' INT`);
  const { stdout } = await interrupted(session, 'echo ready; sleep 1000; echo no');
  assert.equal(stdout, 'ready\ncleaned up');
  assert.equal((await session.run('trap -p INT')).stdout, `trap -- 'echo "cleaned up"' SIGINT`);
});

test('a time-out ends a run with all that it started, and the shell stays', async (t) => {
  const session = await makeSession(await startAgent(t));
  await session.run('x=1; sleep 990 &');
  await sleeping('990');
  const { events, stdout } = await session.run('sleep 1001 & setsid sleep 1002 & echo ready; sleep 1003; echo no', {
    timeout: 4000,
  });
  assert.equal(stdout, 'ready');
  assert.deepEqual(failure({ events } as never), { evalue: '-1', words: 'signal: killed by its time-out' });
  assert.deepEqual(sleepers(), ['990']);
  assert.equal((await session.run('echo $x', { timeout: 0 })).stdout, '1');
  assert.equal((await session.state()).restarts, 0);
  const { runs } = await session.state();
  assert.deepEqual(
    runs.map(({ run, state, exit_code, reason }) => [run, state, exit_code, reason]),
    [
      [1, 'ended', 0, 'exited'],
      [2, 'ended', -1, 'timeout'],
      [3, 'ended', 0, 'exited'],
    ],
  );
});

test('a time-out counts from when the turn of a run comes', async (t) => {
  const session = await makeSession(await startAgent(t));
  const first = await session.post('sleep 4.2');
  const second = await session.run('echo in time', { timeout: 4000 });
  assert.deepEqual([second.stdout, second.exitCode], ['in time', 0]);
  assert.equal(collect(await readEvents(first)).exitCode, 0);
});

test('a run whose reader does not read is interrupted all the same', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(64 * 1024) });
  const session = await makeSession(agent);
  const gone = new AbortController();
  const response = await session.post('echo ready; yes', {}, { signal: gone.signal });
  assert.equal((await session.interrupt()).status, 200);
  gone.abort();
  await response.body?.cancel().catch(() => {});
  assert.equal((await session.run('echo next')).stdout, 'next');
});

test('where nothing runs, an interrupt is told so', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  assert.equal((await session.interrupt()).status, 409);
  await session.run('sleep 1000 & true');
  const response = await session.interrupt();
  assert.equal(response.status, 409);
  assert.equal(((await response.json()) as { code: string }).code, 'COMMAND_NOT_RUNNING');
  await sleeping('1000');
});

test('two interrupts at once are both answered, and the run that waits is not meant', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  // It takes no notice of the first signal, so that the second interrupt comes before it has ended.
  const first = session.run(`(trap '' INT; touch begun; sleep 1000)`);
  await until(() => statSync(join(agent.dir, 'begun'), { throwIfNoEntry: false }) !== undefined, 'it runs');
  const second = session.run('echo second');
  const answers = await Promise.all([session.interrupt(), session.interrupt()]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal((await first).exitCode, -1);
  assert.equal((await second).stdout, 'second');
});
