import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { collect, readEvents, startAgent, streamEvents, type TestAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';

const mib = 1024 * 1024;
/** What a body in chunks ends with. */
const lastChunk = '\r\n0\r\n\r\n';
/** Half of it outlasts whatever a connection takes along. */
const largeRing = { CUBBY_RING_BYTES: String(32 * mib) };
/** Of 1000 bytes each: more together than history, pipes and connections hold. */
const manyLines = 60_000;
const writeLines = `seq -f '%0999.0f' 1 ${manyLines}`;

test('a second reader takes the place of the first, and gives it back when it goes first', async (t) => {
  const agent = await startAgent(t, { ...largeRing, CUBBY_CALLER_GRACE_MS: '20' });
  const events = streamEvents(await agent.post('/command', { command: writeLines }));
  const seen = [(await events.next()).value!];
  const id = seen[0]!.text!;
  for (const method of ['GET', 'HEAD']) {
    const gone = new AbortController();
    const response = await agent.fetch(`/command/${id}/events`, { method, signal: gone.signal });
    assert.equal(response.status, 200);
    if (method === 'GET') await streamEvents(response).next();
    gone.abort();
  }
  // Without its place, the grace would let the command write on to its end.
  assert.ok((await writtenAtRest(agent, id)) < manyLines * 1000, 'the command waits');
  for await (const event of events) seen.push(event);
  const lines = collect(seen).stdout.split('\n');
  assert.equal(lines.length, manyLines);
  assert.ok(lines.every((line, index) => Number(line) === index + 1));
});

test('a reader that comes to hold a command in the background misses nothing from then on', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(mib) });
  const id = await agent.background(`printf start; while [ ! -e go ]; do sleep 0.01; done; seq 1 1000000`, {
    cwd: agent.dir,
  });
  await until(async () => (await bytesOf(agent, id)) === 5, 'the first bytes are out');
  const response = await agent.fetch(`/command/${id}/output?follow=true&hold=true`);
  await agent.run('touch go', { cwd: agent.dir });
  await until(async () => (await bytesOf(agent, id)) > mib / 2, 'it writes');
  const text = await response.text();
  assert.equal(text.length, 5 + 6_888_896);
  assert.ok(text.endsWith('\n999999\n1000000\n'));
});

test('a command that is forgotten breaks off its reader, who then hears that it is not known', async (t) => {
  const agent = await startAgent(t, { ...largeRing, CUBBY_COMMANDS: '1' });
  const { socket, text } = await slowReader(t, agent);
  const { stdout } = await agent.run('echo next');
  assert.equal(stdout, 'next');
  socket.resume();
  await until(() => socket.closed, 'the connection is closed');
  assert.ok(!text().endsWith(lastChunk), 'the client can tell that this was not all');
  const id = /"init","text":"(\w+)"/.exec(text())![1]!;
  assert.equal((await agent.fetch(`/command/${id}/events`)).status, 404);
});

test('a command that nobody reads is forgotten before one that somebody reads', async (t) => {
  const agent = await startAgent(t, { ...largeRing, CUBBY_COMMANDS: '2' });
  const { socket, text } = await slowReader(t, agent);
  const unread = (await agent.run('true')).events[0]!.text!;
  await agent.over(unread);
  await agent.run('true');
  assert.equal((await agent.fetch(`/command/status/${unread}`)).status, 404);
  socket.resume();
  await until(() => socket.closed, 'the connection is closed');
  assert.ok(text().includes('execution_complete'));
});

test('an agent that ends does not wait long for a client that reads nothing', async (t) => {
  const agent = await startAgent(t, largeRing);
  const { socket, text } = await slowReader(t, agent);
  await agent.app.close();
  socket.resume();
  await until(() => socket.closed, 'the connection is closed');
  assert.ok(!text().endsWith(lastChunk), 'the client can tell that this was not all');
});

test('what a command left running puts out later is in logs and raw output, and in no event', async (t) => {
  const agent = await startAgent(t);
  const command = '(while [ ! -e go ]; do sleep 0.01; done; echo late) & echo text; printf rest';
  const { events } = await agent.run(command, { cwd: agent.dir });
  const id = events[0]!.text!;
  await agent.run('touch go', { cwd: agent.dir });
  await until(async () => (await bytesOf(agent, id)) === 14, 'the late output is there');
  assert.deepEqual(await readEvents(await agent.fetch(`/command/${id}/events`)), events);
  assert.equal(await (await agent.fetch(`/command/${id}/logs`)).text(), 'text\nrestlate\n');
  assert.equal(await (await agent.fetch(`/command/${id}/output?offset=9`)).text(), 'late\n');
});

test('bytes that a command put out and that what it left running has pushed out are told as missed', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(64 * 1024) });
  const command = '(while [ ! -e go ]; do sleep 0.01; done; seq 1 100000) & echo text';
  const { events } = await agent.run(command, { cwd: agent.dir });
  const id = events[0]!.text!;
  await agent.run('touch go', { cwd: agent.dir });
  await until(async () => (await bytesOf(agent, id)) === 5 + 588_895, 'the late output is there');
  const later = await readEvents(await agent.fetch(`/command/${id}/events`));
  assert.deepEqual(
    later.map(({ id: number, type, missed }) => [number, type, missed?.bytes]),
    [
      [0, 'init', undefined],
      [5, 'missed', 5],
      [8, 'execution_complete', undefined],
    ],
  );
});

test('a line that was begun before a gap does not go on behind it', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(64 * 1024), CUBBY_LINE_BYTES: '100000' });
  const id = await agent.background(`printf begun; while [ ! -e go ]; do sleep 0.01; done; seq 1 1000000`, {
    cwd: agent.dir,
  });
  await until(async () => (await bytesOf(agent, id)) === 5, 'the first bytes are out');
  // What it has read it has to put somewhere: it gets on only as far as its connection takes it.
  const { socket, text } = open(agent, `/command/${id}/events`);
  t.after(() => socket.destroy());
  await until(() => text().includes('"init"'), 'the first event is here');
  socket.pause();
  await agent.run('touch go', { cwd: agent.dir });
  await until(async () => (await bytesOf(agent, id)) === 5 + 6_888_896, 'all is written');
  socket.resume();
  await until(() => socket.closed, 'the connection is closed');
  assert.ok(!/begun\d/.test(text()) || text().includes('"begun1"'), 'whole, or not at all');
  const missed = [...text().matchAll(/"missed":\{"bytes":(\d+)\}/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  // Where a gap ends just before a line end, the line is empty.
  const lines = [...text().matchAll(/"text":"(\w+|\\n)"\}/g)].map(([, line]) => (line === '\\n' ? '' : line!));
  const got = lines.reduce((sum, line) => sum + line.length + 1, 0);
  assert.ok(missed > 0);
  assert.equal(missed + got, 5 + 6_888_896);
});

/** Somebody who reads the events of a finished command with much output, but not yet. */
async function slowReader(t: TestContext, agent: TestAgent) {
  const id = await agent.background(`seq -f '%0999.0f' 1 24000`);
  await until(async () => (await bytesOf(agent, id)) === 24_000_000, 'all is written');
  await agent.over(id);
  const accepted = once(agent.app.server, 'connection');
  const { socket, text } = open(agent, `/command/${id}/events`);
  t.after(() => socket.destroy());
  await until(() => text().includes('"init"'), 'the first event is here');
  socket.pause();
  const [other] = (await accepted) as [Socket];
  await atRest(async () => other.bytesWritten, 'the connection takes no more');
  return { socket, text };
}

/** A connection that is read only when it is told to. */
function open(agent: TestAgent, path: string): { socket: Socket; text: () => string } {
  const { hostname, port } = new URL(agent.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  socket.on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: agent\r\nx-execd-access-token: ${agent.config.token}\r\nconnection: close\r\n\r\n`,
  );
  return { socket, text: () => text };
}

/** Bytes that a command has written when it writes no more. */
function writtenAtRest(agent: TestAgent, id: string): Promise<number> {
  return atRest(() => bytesOf(agent, id), 'it writes no more');
}

/** Looks at a number until it has been the same for ten looks, and returns it. */
async function atRest(look: () => Promise<number>, what: string): Promise<number> {
  let last = -1;
  let same = 0;
  await until(async () => {
    const now = await look();
    same = now === last ? same + 1 : 0;
    last = now;
    return same >= 10;
  }, what);
  return last;
}

async function bytesOf(agent: TestAgent, id: string): Promise<number> {
  const status = (await (await agent.fetch(`/command/status/${id}`)).json()) as {
    output_bytes: { stdout: number };
  };
  return status.output_bytes.stdout;
}
