import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEvents, startAgent, streamEvents } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { failure, makeSession } from './session-client.ts';

test('runs of one session take turns, in the order in which they were asked for', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  const count = `n=\${n:-0}; sleep 0.02; n=$((n + 1)); echo "$n" | tee -a log`;
  const runs = [];
  for (let index = 1; index <= 10; index += 1) {
    const response = await session.post(count);
    assert.equal(response.headers.get('cubby-run'), String(index));
    runs.push(readEvents(response));
  }
  const texts = (await Promise.all(runs)).map((events) => events.find(({ type }) => type === 'stdout')?.text);
  assert.deepEqual(texts, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
});

test('two sessions know nothing of each other and do not wait for each other', async (t) => {
  const agent = await startAgent(t);
  const [one, two] = [await makeSession(agent, { cwd: agent.dir }), await makeSession(agent, { cwd: agent.dir })];
  await one.run('x=1');
  const waits = one.run('while [ ! -e go ]; do sleep 0.01; done; echo $x');
  assert.equal((await two.run('echo "$x"; touch go')).stdout, '');
  assert.equal((await waits).stdout, '1');
});

test('a run that waits tells its first event at once, and more than sixteen do not wait', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  const first = session.run('while [ ! -e go ]; do sleep 0.01; done');
  await until(async () => (await session.state()).state === 'running', 'the first runs');
  const waiting = [];
  for (let index = 0; index < 16; index += 1) waiting.push(await session.post(`echo ${index}`));
  const events = streamEvents(waiting[0]!);
  assert.equal((await events.next()).value!.text, session.id);
  const refused = await session.post('echo no');
  assert.equal(refused.status, 429);
  assert.equal(((await refused.json()) as { code: string }).code, 'SESSION_BUSY');
  assert.equal((await session.state()).waiting, 16);
  await agent.run('touch go', { cwd: agent.dir });
  await first;
  assert.equal((await events.next()).value!.text, '0');
  assert.equal((await readEvents(waiting[15]!))[1]!.text, '15');
  assert.equal((await session.run('echo yes')).stdout, 'yes');
});

test('a client that leaves takes neither its run nor its turn along', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  const leaves = new AbortController();
  await session.post('while [ ! -e go ]; do sleep 0.01; done; echo one >> log', {}, { signal: leaves.signal });
  await session.post('echo two >> log', {}, { signal: leaves.signal });
  const last = session.run('echo three >> log; cat log');
  leaves.abort();
  await agent.run('touch go', { cwd: agent.dir });
  assert.equal((await last).stdout, 'one\ntwo\nthree');
});

test('a run that waits and then can not begin is told why', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  const first = session.run('while [ ! -e go ]; do sleep 0.01; done');
  await until(async () => (await session.state()).state === 'running', 'the first runs');
  const second = await session.post('echo no', { cwd: '/nowhere' });
  assert.equal(second.status, 200);
  await agent.run('touch go', { cwd: agent.dir });
  await first;
  const events = await readEvents(second);
  const { evalue } = failure({ events } as never);
  assert.equal(evalue, 'working directory does not exist: /nowhere');
  assert.equal((await session.run('echo yes')).stdout, 'yes');
  assert.ok(existsSync(join(agent.dir, 'go')));
});
