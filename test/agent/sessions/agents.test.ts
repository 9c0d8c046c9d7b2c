import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { collect, listen, readEvents, startAgent, type TestAgent } from '../../support/agent.ts';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { failure, makeSession, sessionOf, type TestSession } from './session-client.ts';

/** Another agent in place of one that is gone, and the session there. */
async function replace(t: TestContext, agent: TestAgent, { id }: TestSession) {
  await agent.app.close();
  const next = await listen(agent.config, agent.dir);
  t.after(() => next.app.close());
  return { agent: next, session: sessionOf(next, id) };
}

test('a session outlives its agent: the next one has its state, its runs and their events', async (t) => {
  const agent = await startAgent(t);
  const made = await makeSession(agent, { cwd: '/usr', envs: { GIVEN: 'given' } });
  await made.run('f() { echo "f $x"; }; x=1; sleep 1000 & (exit 3)');
  const last = await made.run('echo one; set -x; cd /; (exit 5)');
  const before = await made.state();
  const { agent: next, session } = await replace(t, agent, made);
  assert.deepEqual(await session.state(), before);
  const resumed = await readEvents(await next.fetch(`/session/${made.id}/runs/2/events`));
  assert.deepEqual(resumed, last.events);
  const { stdout, stderr } = await session.run('echo "$? $PWD $GIVEN"; f; jobs -r | wc -l');
  assert.equal(stdout, '5 / given\nf 1\n1');
  assert.ok(stderr.includes('+ f'), 'tracing is on as it was');
  assert.equal((await session.state()).runs.at(-1)?.run, 3);
});

test('a run goes on without its agent, and is followed to its end with the next', async (t) => {
  const agent = await startAgent(t);
  const made = await makeSession(agent, { cwd: agent.dir });
  await made.post('x=1; echo one; while [ ! -e go ]; do sleep 0.01; done; echo two; (exit 4)');
  const { agent: next, session } = await replace(t, agent, made);
  assert.deepEqual((await session.state()).state, 'running');
  const waits = session.run('echo $x');
  await next.run('touch go', { cwd: agent.dir });
  const { stdout, exitCode } = collect(await readEvents(await next.fetch(`/session/${made.id}/runs/1/events`)));
  assert.deepEqual([stdout, exitCode], ['one\ntwo', 4]);
  assert.equal((await waits).stdout, '1');
});

test('a run that ended while there was no agent has ended, with its code', async (t) => {
  const agent = await startAgent(t);
  const made = await makeSession(agent, { cwd: agent.dir });
  await made.post('while [ ! -e go ]; do sleep 0.01; done; echo text; touch done; (exit 4)');
  await agent.app.close();
  const other = await startAgent(t);
  await other.run('touch go; while [ ! -e done ]; do sleep 0.01; done', { cwd: agent.dir });
  const next = await listen(agent.config, agent.dir);
  t.after(() => next.app.close());
  const { stdout, exitCode } = collect(await readEvents(await next.fetch(`/session/${made.id}/runs/1/events`)));
  assert.deepEqual([stdout, exitCode], ['text', 4]);
  assert.equal((await sessionOf(next, made.id).run('echo $?')).stdout, '4');
});

test('a time-out holds, whichever agent it is', async (t) => {
  const agent = await startAgent(t);
  const made = await makeSession(agent);
  await made.run('x=1');
  await made.post('echo ready; sleep 1000', { timeout: 5000 });
  const { agent: next, session } = await replace(t, agent, made);
  const events = await readEvents(await next.fetch(`/session/${made.id}/runs/2/events`));
  assert.deepEqual(failure({ events } as never), { evalue: '-1', words: 'signal: killed by its time-out' });
  assert.equal((await session.run('echo $x')).stdout, '1');
});

test('a run can be interrupted by the next agent, and a session deleted', async (t) => {
  const agent = await startAgent(t);
  const made = await makeSession(agent);
  await made.run('sleep 1000 & exit 1');
  await made.post('sleep 1001');
  const { agent: next, session } = await replace(t, agent, made);
  assert.equal((await session.interrupt()).status, 200);
  assert.equal((await session.run('echo here')).stdout, 'here');
  assert.equal((await session.delete()).status, 200);
  assert.deepEqual(descendants(process.pid), []);
  await until(() => readdirSync(next.config.spool).length === 0, 'the spool is empty');
});

test('a session whose shell has ended goes on with the next agent', async (t) => {
  const agent = await startAgent(t);
  const made = await makeSession(agent);
  await made.run('x=1; cd /usr');
  await made.run('kill -9 $$');
  const { session } = await replace(t, agent, made);
  assert.equal((await session.run('echo $x $PWD')).stdout, '1 /usr');
  assert.equal((await session.state()).restarts, 1);
});
