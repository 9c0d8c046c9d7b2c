import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startAgent, type TestAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { createTerminal, TerminalClient } from './terminal-client.ts';

async function offsetOf(agent: TestAgent, id: string): Promise<number> {
  return ((await (await agent.fetch(`/pty/${id}`)).json()) as { output_offset: number }).output_offset;
}

/** Waits until a terminal's output stands still, and returns how much it is. */
async function stalled(agent: TestAgent, id: string): Promise<number> {
  let before = -1;
  let still = 0;
  await until(async () => {
    const now = await offsetOf(agent, id);
    still = now === before ? still + 1 : 0;
    before = now;
    return now > 0 && still > 40;
  }, 'the program is held back');
  return before;
}

test('with ack=1 no more is sent than the window, and the program is held back until the client says more', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent, { command: 'exec yes' });
  const client = await TerminalClient.open(t, agent, id, '?ack=1&window=65536');
  await until(() => client.output().length >= 65_536, 'the window is full');
  const written = await stalled(agent, id);
  const frame = 32 * 1024;
  assert.ok(client.output().length < 65_536 + frame, `${client.output().length}`);
  assert.ok(written <= 1.25 * 1024 * 1024, `${written} bytes are ahead`);
  client.say({ type: 'ping' });
  await until(() => client.notices.at(-1)?.type === 'pong', 'the connection itself is alive');
  client.say({ type: 'ack', offset: 1e12 });
  await until(() => client.errors.includes('INVALID_FRAME'), 'what was never sent can’t be acknowledged');
  for (let round = 0; round < 60; round += 1) {
    const before = client.output().length;
    client.say({ type: 'ack', offset: before });
    await until(() => client.output().length >= before + 65_536, 'another window comes');
    assert.ok(client.output().length < before + 65_536 + frame);
  }
  assert.match(client.text, /^(y\r\n)+y?\r?$/);
  client.say({ type: 'signal', signal: 'SIGINT' });
  for (let seen = -1; !client.closed; ) {
    seen = client.output().length;
    client.say({ type: 'ack', offset: seen });
    await until(() => client.closed !== undefined || client.output().length !== seen, 'more comes, or the end');
  }
  assert.equal(await client.exit(), 130);
});

test('a client that doesn’t read holds the program back; memory stays bounded, and nothing is lost', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent, { command: 'stty -opost; seq 1 3000000; echo "do"ne' });
  const client = await TerminalClient.open(t, agent, id);
  client.socket.pause();
  const before = process.memoryUsage().rss;
  const written = await stalled(agent, id);
  assert.ok(written < 20_000_000, `${written} bytes are on their way`);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  client.socket.resume();
  await until(() => client.closed !== undefined, 'the program has ended', 60_000);
  assert.equal(await client.exit(), 0);
  const expected = createHash('sha256');
  for (let n = 1; n <= 3_000_000; n += 1) expected.update(`${n}\n`);
  const text = client.output();
  assert.equal(createHash('sha256').update(text.subarray(0, -5)).digest('hex'), expected.digest('hex'));
});

test('a flood that nobody holds back any more is stopped by Ctrl-C', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(t, agent, await createTerminal(agent));
  client.type('yes\n');
  await until(() => client.output().length > 3_000_000, 'much has come', 60_000);
  client.type('\x03');
  client.type('echo over$((1))\n');
  await until(() => client.output().subarray(-2000).includes('over1\r\n'), 'the shell is there again', 60_000);
});

async function pasteInto(t: TestContext, query: string, prepare: string): Promise<void> {
  const agent = await startAgent(t);
  const dir = mkdtempSync(join(tmpdir(), 'cubby-paste-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const paste = randomBytes(3 * 1024 * 1024);
  const command = `${prepare} echo ready; until test -e go; do sleep 0.02; done; head -c ${paste.length} >got; echo taken`;
  const client = await TerminalClient.open(t, agent, await createTerminal(agent, { cwd: dir, command }), query);
  await client.sees('ready');
  const part = 64 * 1024;
  for (let at = 0; at < paste.length; at += part) client.type(paste.subarray(at, at + part));
  // Sent behind it, so it waits as well; meanwhile the agent serves others.
  client.say({ type: 'ping' });
  const other = await TerminalClient.open(t, agent, await createTerminal(agent));
  other.type('echo other$((1))\n');
  await other.sees('other1\r\n');
  assert.equal(client.notices.at(-1)?.type, 'connected');
  writeFileSync(join(dir, 'go'), '');
  await client.sees('taken');
  assert.ok(readFileSync(join(dir, 'got')).equals(paste));
  await until(
    () => client.notices.some(({ type }) => type === 'pong') || client.closed !== undefined,
    'the rest is heard',
  );
}

test('a big paste into a program that doesn’t read yet waits, arrives whole, and blocks nobody else', async (t) => {
  await pasteInto(t, '', 'stty raw -echo;');
});

test('a big paste in pipe mode waits and arrives whole', async (t) => {
  await pasteInto(t, '?pty=0', '');
});

test('a client that goes in the middle of its paste leaves all of it that had arrived', async (t) => {
  const agent = await startAgent(t);
  const dir = mkdtempSync(join(tmpdir(), 'cubby-paste-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const size = 200_000;
  const command = `stty raw -echo; echo ready; until test -e go; do sleep 0.02; done; head -c ${size} >got; exec sleep 1000`;
  const client = await TerminalClient.open(t, agent, await createTerminal(agent, { cwd: dir, command }));
  await client.sees('ready');
  const paste = randomBytes(size);
  client.type(paste);
  client.say({ type: 'ping' });
  await until(() => client.notices.at(-1)?.type === 'pong', 'the agent has it');
  await client.leave();
  writeFileSync(join(dir, 'go'), '');
  await until(() => readGot(dir).length === size, 'the program has it');
  assert.ok(readGot(dir).equals(paste));
});

function readGot(dir: string): Buffer {
  try {
    return readFileSync(join(dir, 'got'));
  } catch {
    return Buffer.alloc(0);
  }
}

test('a client that is slow but alive is not taken for dead', async (t) => {
  const agent = await startAgent(t, { CUBBY_TERMINAL_PING_MS: '3000' });
  const id = await createTerminal(agent, { command: 'stty -opost; head -c 30000000 /dev/zero; echo "do"ne' });
  const client = await TerminalClient.open(t, agent, id);
  const { _socket: socket } = client.socket as unknown as { _socket: Socket };
  const started = performance.now();
  let resting = false;
  // So slowly that a ping, behind all that is in the kernel's buffers, comes too late to be answered in time.
  client.socket.on('message', () => {
    if (resting || performance.now() - started > 9000) return;
    resting = true;
    socket.pause();
    setTimeout(() => {
      resting = false;
      socket.resume();
    }, 100);
  });
  assert.equal(await client.exit(), 0);
  assert.equal(client.output().length, 30_000_005);
});
