import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent, type TestAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { createTerminal, TerminalClient } from './terminal-client.ts';

const root = process.getuid!() === 0;

async function statusOf(agent: TestAgent, id: string): Promise<{ running: boolean; output_offset: number }> {
  return (await (await agent.fetch(`/pty/${id}`)).json()) as { running: boolean; output_offset: number };
}

test('a terminal is a bash on a terminal of 80 by 24 that knows colours, and ends with its exit code', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  assert.deepEqual(await statusOf(agent, id), { session_id: id, running: false, output_offset: 0 });
  const client = await TerminalClient.open(t, agent, id);
  assert.deepEqual(client.connected, { type: 'connected', session_id: id, mode: 'pty', role: 'holder', offset: 0 });
  assert.equal(client.replayed, undefined);
  client.type('stty size; echo $TERM:$IMAGE_ENV; tty\n');
  await client.sees(/24 80\r\nxterm-256color:from the image\r\n\/dev\/pts\/\d+\r\n/);
  assert.equal((await statusOf(agent, id)).running, true);
  client.type('exit 42\n');
  assert.equal(await client.exit(), 42);
  assert.deepEqual(client.closed, { code: 1000, reason: 'process exited' });
  assert.deepEqual(await statusOf(agent, id), {
    session_id: id,
    running: false,
    output_offset: client.output().length,
  });
});

test('a command, a working directory and a size can be given, and the shell ends with the command', async (t) => {
  const agent = await startAgent(t);
  const dir = mkdtempSync(join(tmpdir(), 'cubby-terminal-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const id = await createTerminal(agent, { cwd: dir, command: 'pwd; stty size; exit 3', cols: 132, rows: 43 });
  const client = await TerminalClient.open(t, agent, id);
  assert.equal(await client.exit(), 3);
  assert.equal(client.text, `${dir}\r\n43 132\r\n`);
});

test('a shell that somebody else’s signal ended has 128 and its number for an exit code', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(t, agent, await createTerminal(agent, { command: 'kill -9 $$' }));
  assert.equal(await client.exit(), 137);
});

test('every connection may bring its own size, `resize` changes it, and programs hear of it', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const first = await TerminalClient.open(t, agent, id, '?cols=100&rows=30');
  first.type(`trap 'echo winch $(stty size)' WINCH; stty size\n`);
  await first.sees('30 100\r\n');
  first.say({ type: 'resize', cols: 111, rows: 33 });
  await first.sees('winch 33 111');
  await first.leave();
  const second = await TerminalClient.open(t, agent, id, '?cols=90&rows=20');
  await second.sees('winch 20 90');
});

test('Ctrl-C and signal messages reach the program in the foreground', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(t, agent, await createTerminal(agent));
  const trap = (round: number) =>
    `bash -c 'for s in INT TERM QUIT HUP; do trap "echo $s-${round}; exit" $s; done; echo ready$((${round})); while :; do sleep 0.02; done'\n`;
  const ways: [string, () => void][] = [
    ['INT', () => client.type('\x03')],
    ['INT', () => client.say({ type: 'signal', signal: 'SIGINT' })],
    ['TERM', () => client.say({ type: 'signal', signal: 'SIGTERM' })],
    ['QUIT', () => client.say({ type: 'signal', signal: 'SIGQUIT' })],
    ['HUP', () => client.say({ type: 'signal', signal: 'SIGHUP' })],
  ];
  for (const [round, [name, send]] of ways.entries()) {
    client.type(trap(round));
    await client.sees(new RegExp(`ready${round}\r\n`));
    send();
    await client.sees(new RegExp(`${name}-${round}\r\n`));
  }
  client.type("bash -c 'echo last; exec sleep 1000'; echo status=$?\n");
  await client.sees('last\r\n');
  client.say({ type: 'signal', signal: 'SIGKILL' });
  await client.sees('status=137\r\n');
});

test('characters of several bytes go through, cut anywhere, in both directions', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(
    t,
    agent,
    await createTerminal(agent, { command: 'stty -echo; echo go; exec cat' }),
  );
  await client.sees('go\r\n');
  const text = 'grüße 你好 👩‍💻';
  for (const byte of Buffer.from(`${text}\n`)) client.type(Buffer.of(byte));
  await client.sees(`${text}\r\n`);
  client.say({ type: 'stdin', data: `${text}!\n` });
  await client.sees(`${text}!\r\n`);
  client.type('\x04');
  assert.equal(await client.exit(), 0);
});

test('full-screen programs work: vim writes a file, top shows processes', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(
    t,
    agent,
    await createTerminal(agent, { cwd: agent.dir }),
    '?cols=100&rows=30',
  );
  client.type('vim -u NONE note.txt; echo left=$?\n');
  await client.sees('\x1b[29;1H~');
  client.type('ihello from vim\x1b:wq\r');
  await client.sees('left=0');
  assert.equal(readFileSync(join(agent.dir, 'note.txt'), 'utf8'), 'hello from vim\n');
  client.type('top -d 1000; echo top-left=$?\n');
  await client.sees(/PID USER/);
  client.type('q');
  await client.sees('top-left=0');
  client.type('exit\n');
  assert.equal(await client.exit(), 0);
});

test('who connects after the shell has ended gets a new one, with what the old one said before it', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const first = await TerminalClient.open(t, agent, id);
  first.type('VAR=old; echo first$((0)); exit 1\n');
  assert.equal(await first.exit(), 1);
  const before = first.output();
  const second = await TerminalClient.open(t, agent, id, '?since=5');
  assert.deepEqual(second.replayed, { channel: 3, offset: 5, bytes: before.subarray(5) });
  assert.equal(second.connected!.offset, before.length);
  second.type('echo second$VAR$((0)); exit 2\n');
  assert.equal(await second.exit(), 2);
  assert.match(second.text, /second0\r\n/);
  assert.equal((await statusOf(agent, id)).output_offset, 5 + second.output().length);
  const third = await TerminalClient.open(t, agent, id, `?since=${before.length}`);
  assert.deepEqual(third.replayed!.bytes, second.output(1));
});

test('pipe mode has no terminal, keeps the two streams apart, and reads commands from its input', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(t, agent, await createTerminal(agent), '?pty=0');
  assert.equal(client.connected!.mode, 'pipe');
  client.type('test -t 0 || echo none; echo oops >&2; ');
  client.type('exit 9\n');
  assert.equal(await client.exit(), 9);
  assert.deepEqual([client.output(1).toString(), client.output(2).toString()], ['none\n', 'oops\n']);
});

test('a program in pipe mode is interrupted by a signal message, and one that reads no more is complained about', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(
    t,
    agent,
    await createTerminal(agent, { command: 'exec <&-; echo deaf; exec sleep 1000' }),
    '?pty=0',
  );
  await client.sees('deaf');
  await until(() => {
    client.type('anything');
    return client.errors.includes('STDIN_WRITE_FAILED');
  }, 'the client is told');
  client.say({ type: 'resize', cols: 10, rows: 10 });
  client.say({ type: 'signal', signal: 'SIGTERM' });
  assert.equal(await client.exit(), 143);
});

test('terminals are the sandbox’s user, without any capability where it is hardened', { skip: !root }, async (t) => {
  const agent = await startAgent(t, { CUBBY_USER: '61000:61000', CUBBY_HARDENED: '1' });
  const client = await TerminalClient.open(t, agent, await createTerminal(agent));
  client.type(`id -u; id -G; stat -c owner=%u $(tty); grep -E 'Cap(Eff|Bnd)' /proc/self/status; exit\n`);
  assert.equal(await client.exit(), 0);
  assert.match(client.text, /61000\r\n61000\r\nowner=61000\r\nCapEff:\t0{16}\r\nCapBnd:\t0{16}\r\n/);
});

test('twenty terminals at once stay apart', async (t) => {
  const agent = await startAgent(t);
  const all = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const client = await TerminalClient.open(t, agent, await createTerminal(agent));
      client.type(`echo terminal-$((${n} + 100)); exit ${n}\n`);
      return { n, exit: await client.exit(), text: client.text };
    }),
  );
  for (const { n, exit, text } of all) {
    assert.equal(exit, n);
    assert.deepEqual(text.match(/terminal-\d+/g), [`terminal-${n + 100}`]);
  }
});
