import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import {
  collect,
  listen,
  type NumberedEvent,
  readEvents,
  startAgent,
  streamEvents,
  type TestAgent,
} from '../../support/agent.ts';
import { until } from '../../support/until.ts';

const mib = 1024 * 1024;
/** Of 1000 bytes each: more together than history, pipes and the buffers of a connection hold. */
const longLines = 24_000;
const manyLines = 60_000;
/** A history small enough to overflow quickly. */
const smallRing = { CUBBY_RING_BYTES: String(mib) };

test('a reader that comes back after any event gets exactly the rest', async (t) => {
  const agent = await startAgent(t);
  const script = 'printf "a\\r\\nb\\n\\npart"; printf "e1\\ne2" >&2; printf " of a line\\nlast, ünfinished"; exit 4';
  const { events } = await agent.run(script);
  const id = events[0]!.text!;
  const numbers = events.map((event) => event.id!);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
    'numbers grow',
  );
  for (const [index, { id: after }] of events.entries()) {
    const rest = await readEvents(
      await agent.fetch(`/command/${id}/events`, { headers: { 'last-event-id': String(after) } }),
    );
    assert.deepEqual(rest, events.slice(index + 1));
  }
  assert.deepEqual(await readEvents(await agent.fetch(`/command/${id}/events`)), events);
});

test('events mean the same to an agent that took the place of another', async (t) => {
  const first = await startAgent(t);
  const id = await first.background(
    'echo before; read line < /dev/null; for i in 1 2 3 4 5; do echo "line $i"; done; exit 9',
  );
  const before = await readEvents(await first.fetch(`/command/${id}/events`));
  const second = await listen(first.config, first.dir);
  t.after(() => second.app.close());
  const after = await readEvents(
    await second.fetch(`/command/${id}/events`, { headers: { 'last-event-id': String(before[2]!.id) } }),
  );
  assert.deepEqual(after, before.slice(3));
  const status = (await (await second.fetch(`/command/status/${id}`)).json()) as { exit_code: number };
  assert.equal(status.exit_code, 9);
});

test('an agent carries on with commands that an earlier one started', async (t) => {
  const first = await startAgent(t);
  const id = await first.background('while [ ! -e go ]; do sleep 0.02; done; echo done; exit 5', { cwd: first.dir });
  await first.app.close();
  const second = await listen(first.config, first.dir);
  t.after(() => second.app.close());
  const events = readEvents(await second.fetch(`/command/${id}/events`));
  await second.run('touch go', { cwd: second.dir });
  assert.deepEqual([collect(await events).stdout, collect(await events).exitCode], ['done', 5]);
});

test('the caller of a foreground command holds it back when it reads too slowly, and misses nothing', async (t) => {
  const agent = await startAgent(t, smallRing);
  const response = await agent.post('/command', { command: `seq -f '%0999.0f' 1 ${longLines}` });
  const events = streamEvents(response);
  const id = (await events.next()).value!.text!;
  // The writer comes to rest: history, pipe and the connection's buffers are full.
  const written = await settled(async () => (await bytesOf(agent, id)).stdout);
  assert.ok(written < longLines * 1000, `${written} bytes were written with nobody reading`);
  let next = 1;
  for await (const event of events) {
    if (event.type === 'stdout') assert.equal(Number(event.text), next++);
    else assert.ok(['execution_complete', 'ping'].includes(event.type), event.type);
  }
  assert.equal(next, longLines + 1);
});

test('a reader that nobody waits for is told how many bytes it missed', async (t) => {
  const agent = await startAgent(t, smallRing);
  const id = await agent.background('seq 1 1000000');
  await until(async () => !(await isRunning(agent, id)), 'the command has ended');
  const events = await readEvents(await agent.fetch(`/command/${id}/events`));
  const missed = events.filter((event) => event.type === 'missed').map((event) => event.missed!.bytes);
  assert.equal(missed.length, 1);
  const { stdout } = collect(events);
  assert.equal(missed[0]! + Buffer.byteLength(`${stdout}\n`), 6_888_896);
  assert.ok(stdout.endsWith('\n1000000'));
  assert.ok(Buffer.byteLength(stdout) > mib / 2, 'the newest half of the history is there');
});

test('a caller that lost its connection and comes back in time has missed nothing', async (t) => {
  // Half of it outlasts whatever the lost connection had taken along.
  const history = String(32 * mib);
  const agent = await startAgent(t, { CUBBY_RING_BYTES: history, CUBBY_CALLER_GRACE_MS: '60000' });
  const gone = new AbortController();
  const response = await agent.post(
    '/command',
    { command: `seq -f '%0999.0f' 1 ${manyLines}` },
    { signal: gone.signal },
  );
  const seen: NumberedEvent[] = [];
  for await (const event of streamEvents(response)) {
    seen.push(event);
    if (seen.length === 1000) break;
  }
  gone.abort();
  const id = seen[0]!.text!;
  await settled(async () => (await bytesOf(agent, id)).stdout);
  const headers = { 'last-event-id': String(seen.at(-1)!.id) };
  const rest = await readEvents(await agent.fetch(`/command/${id}/events`, { headers }));
  const lines = collect([...seen, ...rest]).stdout.split('\n');
  assert.equal(lines.length, manyLines);
  assert.ok(lines.every((line, index) => Number(line) === index + 1));
});

test('a command whose caller does not come back goes on after the grace', async (t) => {
  const agent = await startAgent(t, { ...smallRing, CUBBY_CALLER_GRACE_MS: '50' });
  const gone = new AbortController();
  const response = await agent.post('/command', { command: 'seq 1 1000000; exit 6' }, { signal: gone.signal });
  const first = await streamEvents(response).next();
  gone.abort();
  const id = first.value!.text!;
  await until(async () => !(await isRunning(agent, id)), 'the command has ended');
  const status = (await (await agent.fetch(`/command/status/${id}`)).json()) as { exit_code: number };
  assert.equal(status.exit_code, 6);
});

test('raw output is byte for byte what was written, from any offset', async (t) => {
  const agent = await startAgent(t);
  const bytes = Buffer.concat([Buffer.from('a\r\nb\0\xff\xfe no end', 'latin1'), Buffer.from('ü€🙂')]);
  const escaped = [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
  const id = await agent.background(`printf '%b' '${escaped}'; printf err >&2`);
  await until(async () => !(await isRunning(agent, id)), 'the command has ended');
  for (const offset of [0, 1, 5, bytes.length - 1, bytes.length]) {
    const response = await agent.fetch(`/command/${id}/output?stream=stdout&offset=${offset}`);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes.subarray(offset));
    assert.equal(response.headers.get('cubby-missed-bytes'), '0');
  }
  const errors = await agent.fetch(`/command/${id}/output?stream=stderr`);
  assert.equal(await errors.text(), 'err');
});

test('a raw reader that holds the writer back gets every byte of more than fits into the history', async (t) => {
  const agent = await startAgent(t, smallRing);
  const command = 'head -c 33554432 /dev/urandom | tee copy';
  const id = await agent.background(command, { hold: true, cwd: agent.dir });
  const response = await agent.fetch(`/command/${id}/output?follow=true&hold=true`);
  const hash = createHash('sha256');
  for await (const chunk of response.body!) hash.update(chunk);
  const { stdout } = await agent.run('sha256sum < copy', { cwd: agent.dir });
  assert.equal(hash.digest('hex'), stdout.split(' ')[0]);
});

test('a raw reader that asks for bytes that were given up is told how many', async (t) => {
  const agent = await startAgent(t, smallRing);
  const id = await agent.background('seq 1 1000000');
  await until(async () => !(await isRunning(agent, id)), 'the command has ended');
  const response = await agent.fetch(`/command/${id}/output?offset=1000`);
  const missed = Number(response.headers.get('cubby-missed-bytes'));
  const length = (await response.arrayBuffer()).byteLength;
  assert.equal(1000 + missed + length, 6_888_896);
  assert.equal(Number(response.headers.get('cubby-offset')), 1000 + missed);
});

test('logs by cursor go on where the last poll ended and never cut a character', async (t) => {
  const agent = await startAgent(t);
  const id = await agent.background(`printf '\\342\\202'; while [ ! -e go ]; do sleep 0.02; done; printf '\\254 end'`, {
    cwd: agent.dir,
  });
  await until(async () => (await bytesOf(agent, id)).stdout === 2, 'the first bytes are out');
  const first = await agent.fetch(`/command/${id}/logs`);
  assert.equal(await first.text(), '');
  assert.equal(first.headers.get('execd-commands-tail-cursor'), '0');
  await agent.run('touch go', { cwd: agent.dir });
  await until(async () => !(await isRunning(agent, id)), 'the command has ended');
  const second = await agent.fetch(`/command/${id}/logs?cursor=0`);
  assert.equal(await second.text(), '€ end');
  assert.equal(second.headers.get('execd-commands-tail-cursor'), '7');
});

test('line ends that JSON leaves alone are escaped, so that no client splits an event at them', async (t) => {
  const agent = await startAgent(t);
  const response = await agent.post('/command', { command: `printf 'a\\342\\200\\250b\\342\\200\\251c\\302\\205d'` });
  const text = await response.text();
  assert.ok(!/[\u0085\u2028\u2029]/.test(text));
  assert.match(text, /a\\u2028b\\u2029c\\u0085d/);
});

test('finished commands are forgotten, the oldest first, when there are too many', async (t) => {
  const agent = await startAgent(t, { CUBBY_COMMANDS: '3' });
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    const id = (await agent.run('true')).events[0]!.text!;
    ids.push(id);
    await agent.over(id);
  }
  const statuses = await Promise.all(ids.map(async (id) => (await agent.fetch(`/command/status/${id}`)).status));
  assert.equal(statuses.at(-1), 200);
  assert.equal(statuses[0], 404);
  assert.ok(readdirSync(agent.config.spool).length <= 3);
});

test('readers that vanish leave nothing open', async (t) => {
  const agent = await startAgent(t);
  const id = await agent.background('while :; do echo tick; sleep 0.01; done');
  const descriptors = () => readdirSync('/proc/self/fd').length;
  await readSome(agent, id);
  const before = descriptors();
  for (let count = 0; count < 50; count += 1) await readSome(agent, id);
  await until(() => descriptors() <= before + 2, 'descriptors are closed again');
});

async function readSome(agent: TestAgent, id: string): Promise<void> {
  const gone = new AbortController();
  const response = await agent.fetch(`/command/${id}/events`, { signal: gone.signal });
  let seen = 0;
  for await (const event of streamEvents(response)) if (event.type === 'stdout' && ++seen === 3) break;
  gone.abort();
}

async function isRunning(agent: TestAgent, id: string): Promise<boolean> {
  return ((await (await agent.fetch(`/command/status/${id}`)).json()) as { running: boolean }).running;
}

async function bytesOf(agent: TestAgent, id: string): Promise<{ stdout: number; stderr: number }> {
  const status = (await (await agent.fetch(`/command/status/${id}`)).json()) as {
    output_bytes: { stdout: number; stderr: number };
  };
  return status.output_bytes;
}

/** Looks at a number until it has been the same for ten looks, and returns it. */
async function settled(look: () => Promise<number>): Promise<number> {
  let last = await look();
  let same = 0;
  await until(async () => {
    const now = await look();
    same = now === last ? same + 1 : 0;
    last = now;
    return same >= 10;
  }, 'it has come to rest');
  return last;
}
