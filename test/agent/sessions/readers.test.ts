import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ring } from '../../../agent/processes/ring.ts';
import {
  collect,
  type NumberedEvent,
  readEvents,
  startAgent,
  streamEvents,
  type TestAgent,
} from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { makeSession, type TestSession } from './session-client.ts';

const mib = 1024 * 1024;

test('a reader that comes back gets exactly the events it has not, of every run that is remembered', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  const commands = ['seq 100; echo err >&2', `printf 'no line end'; exit 3`, 'echo $?; false', 'true'];
  for (const [index, command] of commands.entries()) {
    const { events } = await session.run(command);
    const number = index + 1;
    assert.deepEqual(await eventsOf(agent, session, number), events, command);
    for (const after of [0, 1, 5, 8, 9, 292, 10_000]) {
      const rest = events.filter((event) => (event.id ?? Number.POSITIVE_INFINITY) > after);
      const isOver = !rest.some(({ id }) => id !== undefined);
      assert.deepEqual(await eventsOf(agent, session, number, after), isOver ? [] : rest, `${command} after ${after}`);
    }
  }
});

test('a reader that breaks off in the middle of much output and comes back misses nothing', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(mib) });
  const session = await makeSession(agent);
  await session.run(`head -c ${mib} /dev/zero | tr '\\0' x`);
  const seen: NumberedEvent[] = [];
  const leaves = new AbortController();
  const response = await session.post('seq 1 60000', {}, { signal: leaves.signal });
  const number = Number(response.headers.get('cubby-run'));
  for await (const event of streamEvents(response)) {
    seen.push(event);
    if (seen.length === 10_000) break;
  }
  leaves.abort();
  const last = seen.findLast(({ id }) => id !== undefined)!.id!;
  const rest = await eventsOf(agent, session, number, last);
  const lines = collect(seen.concat(rest)).stdout.split('\n');
  assert.equal(lines.length, 60_000);
  assert.ok(lines.every((line, index) => Number(line) === index + 1));
});

test('what runs in the background puts out during a run is in that one, and what it puts out between two in none', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  const wait = (name: string) => `while [ ! -e ${name} ]; do sleep 0.01; done`;
  const first = await session.run(
    `(${wait('a')}; echo between; touch b; ${wait('c')}; echo during; touch d; exec sleep 1000) & echo first`,
  );
  assert.equal(first.stdout, 'first');
  await agent.run(`touch a; ${wait('b')}`, { cwd: agent.dir });
  const ring = new Ring(shellOf(agent));
  t.after(() => ring.close());
  await until(() => ring.state().stdout === 'first\nbetween\n'.length, 'what comes between has been read');
  const second = await session.run(`echo second; touch c; ${wait('d')}`);
  assert.equal(second.stdout, 'second\nduring');
  const third = await session.run('echo third');
  assert.equal(third.stdout, 'third');
  assert.deepEqual(await eventsOf(agent, session, 2), second.events);
});

test('output that comes all the time from the background does not keep a run from ending where it ends', async (t) => {
  const session = await makeSession(await startAgent(t, { CUBBY_RING_BYTES: String(64 * 1024) }));
  await session.run('(while sleep 0.001; do echo background; done) & true');
  for (let index = 0; index < 10; index += 1) {
    const { stdout, exitCode } = await session.run(`echo run-${index}; (exit ${index})`);
    assert.equal(exitCode, index);
    assert.ok(stdout.includes(`run-${index}`), stdout);
  }
});

test('a run is held back by its reader, and given up when that does not come back', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(mib / 8), CUBBY_CALLER_GRACE_MS: '50' });
  const session = await makeSession(agent);
  const whole = await session.run('seq 1 50000');
  assert.equal(whole.stdout.length, 288_894 - 1);
  const leaves = new AbortController();
  const response = await session.post('seq 1 100000', {}, { signal: leaves.signal });
  leaves.abort();
  const number = Number(response.headers.get('cubby-run'));
  await until(async () => (await session.state()).runs.at(-1)?.state === 'ended', 'it ends without a reader');
  const later = await eventsOf(agent, session, number);
  const missed = later.find(({ type }) => type === 'missed')?.missed?.bytes ?? 0;
  const got = later.filter(({ type }) => type === 'stdout').reduce((sum, { text }) => sum + text!.length + 1, 0);
  assert.ok(missed > 0);
  // A line that the gap has cut begins behind it.
  assert.equal(missed + got, 588_895);
});

test('only so many runs are remembered', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  for (let index = 0; index < 34; index += 1) await session.run('true');
  assert.equal((await agent.fetch(`/session/${session.id}/runs/1/events`)).status, 404);
  assert.equal((await eventsOf(agent, session, 34)).at(-1)?.type, 'execution_complete');
  assert.ok((await session.state()).runs.length <= 33);
});

/** Directory of the only shell of a session. */
function shellOf({ config: { spool } }: TestAgent): string {
  const dirs = readdirSync(spool).map((id) => join(spool, id));
  return dirs.find((dir) => existsSync(join(dir, 'session.json')))!;
}

async function eventsOf(agent: TestAgent, session: TestSession, run: number, after?: number): Promise<NumberedEvent[]> {
  const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': String(after) };
  return readEvents(await agent.fetch(`/session/${session.id}/runs/${run}/events`, { headers }));
}
