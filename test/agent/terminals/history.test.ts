import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listen, startAgent, type TestAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { createTerminal, TerminalClient } from './terminal-client.ts';

async function offsetOf(agent: TestAgent, id: string): Promise<number> {
  return ((await (await agent.fetch(`/pty/${id}`)).json()) as { output_offset: number }).output_offset;
}

/** Numbers of the lines of `seq` in a text, the first and the last, which may be cut, left out. */
function lines(text: string): number[] {
  return text.split('\r\n').slice(1, -1).map(Number);
}

function assertGapless(numbers: number[]): void {
  for (const [at, number] of numbers.entries()) assert.equal(number, numbers[0]! + at);
}

test('who comes back with an offset gets exactly what was missed, and then what comes', async (t) => {
  const agent = await startAgent(t);
  const script = 'echo start; until test -e go; do sleep 0.02; done; seq 1 2000; echo stop; exec sleep 1000';
  const id = await createTerminal(agent, { cwd: agent.dir, command: script });
  const first = await TerminalClient.open(t, agent, id);
  await first.sees('start\r\n');
  await first.leave();
  const seen = first.output().length;
  writeFileSync(join(agent.dir, 'go'), '');
  await until(async () => (await offsetOf(agent, id)) > seen + 5000, 'there is output that nobody reads');
  const second = await TerminalClient.open(t, agent, id, `?since=${seen}`);
  await second.sees('stop\r\n');
  assert.equal(second.replayed!.offset, seen);
  assert.equal(second.connected!.offset, seen + second.replayed!.bytes.length);
  assertGapless(lines((first.text + second.text).slice(first.text.indexOf('start'))).slice(0, 2000));
  assert.equal(first.output().length + second.output().length, await offsetOf(agent, id));
  const third = await TerminalClient.open(t, agent, id, `?takeover=1&since=${await offsetOf(agent, id)}`);
  assert.equal(third.replayed, undefined);
  const beyond = await TerminalClient.open(t, agent, id, '?takeover=1&since=99999999999');
  assert.deepEqual([beyond.replayed, beyond.connected!.offset], [undefined, await offsetOf(agent, id)]);
});

test('a terminal without a client writes on; the oldest is given up, and the offset tells how much', async (t) => {
  const agent = await startAgent(t, { CUBBY_CALLER_GRACE_MS: '50' });
  const id = await createTerminal(agent, {
    command: 'stty -opost; echo go; read _; seq 1 500000; echo "do"ne; exec sleep 1000',
  });
  const first = await TerminalClient.open(t, agent, id);
  await first.sees('go');
  first.type('\n');
  await first.leave();
  const all = 3 + 1 + 3_388_895 + 5;
  await until(async () => (await offsetOf(agent, id)) >= all, 'the program has written everything');
  const second = await TerminalClient.open(t, agent, id, `?since=${first.output().length}`);
  const { offset, bytes } = second.replayed!;
  assert.equal(offset! + bytes.length, await offsetOf(agent, id));
  assert.ok(bytes.length > 500_000 && bytes.length < 1024 * 1024, `${bytes.length} bytes are there still`);
  const numbers = bytes.toString().split('\n').slice(1, -2).map(Number);
  assertGapless(numbers);
  assert.equal(numbers.at(-1), 500_000);
});

test('terminals outlive their agent: the next one has them, with their history, and goes on', async (t) => {
  const agent = await startAgent(t);
  const [id, idle, ended] = await Promise.all([createTerminal(agent), createTerminal(agent), createTerminal(agent)]);
  const old = await TerminalClient.open(t, agent, ended);
  old.type('exit 3\n');
  await old.exit();
  const first = await TerminalClient.open(t, agent, id);
  first.type('VAR=kept; trap "echo size \\$(stty size)" WINCH; stty -echo; PS1=; echo read"y"\n');
  await first.sees('ready\r\n');
  first.type('sleep 0.3; seq 1 1000; echo st"op"\n');
  first.say({ type: 'ping' });
  await until(() => first.notices.at(-1)?.type === 'pong', 'the agent has taken what was typed');
  await agent.app.close();
  await first.gone();

  const next = await listen(agent.config, agent.dir);
  t.after(() => next.app.close());
  const states = (await (await next.fetch('/pty')).json()) as { session_id: string; running: boolean }[];
  assert.deepEqual(
    new Map(states.map(({ session_id, running }) => [session_id, running])),
    new Map([
      [id, true],
      [idle, false],
      [ended, false],
    ]),
  );
  const second = await TerminalClient.open(t, next, id, `?since=${first.output().length}`);
  await second.sees('stop\r\n');
  const text = first.text + second.text;
  const numbers = (text.match(/^\d+(?=\r$)/gm) ?? []).map(Number);
  assert.deepEqual([numbers.length, numbers[0], numbers.at(-1)], [1000, 1, 1000]);
  second.type('echo $VAR\n');
  await second.sees('kept\r\n');
  second.say({ type: 'resize', cols: 55, rows: 11 });
  await second.sees('size 11 55\r\n');
  second.type('exit 4\n');
  assert.equal(await second.exit(), 4);

  const back = await TerminalClient.open(t, next, ended);
  assert.ok(back.replayed!.bytes.equals(old.output()));
  assert.equal(back.connected!.offset, old.output().length);
  assert.equal((await next.fetch(`/pty/${id}`, { method: 'DELETE' })).status, 200);
});

test('a shell that ends while nobody is connected is told of before another is started, by a new agent too', async (t) => {
  const agent = await startAgent(t);
  const command = `echo go; read _; echo once >>runs; echo "la"st; exit 9`;
  const id = await createTerminal(agent, { cwd: agent.dir, command });
  const first = await TerminalClient.open(t, agent, id);
  await first.sees('go\r\n');
  first.type('\n');
  await first.leave();
  await until(async () => (await offsetOf(agent, id)) > first.output().length + 6, 'it has ended');
  await agent.app.close();
  const next = await listen(agent.config, agent.dir);
  t.after(() => next.app.close());
  const second = await TerminalClient.open(t, next, id, `?since=${first.output().length}`);
  assert.equal(await second.exit(), 9);
  assert.match(first.text + second.text, /^go\r\n.*last\r\n$/s);
  assert.equal(readFileSync(join(agent.dir, 'runs'), 'utf8'), 'once\n');
  const third = await TerminalClient.open(t, next, id);
  third.type('\n');
  assert.equal(await third.exit(), 9);
  assert.equal(readFileSync(join(agent.dir, 'runs'), 'utf8'), 'once\nonce\n');
});

test('a program that was held back when the agent was replaced goes on for the next client, and nothing is lost', async (t) => {
  const agent = await startAgent(t, { CUBBY_CALLER_GRACE_MS: '60000' });
  const id = await createTerminal(agent, { command: 'stty -opost; seq 1 600000; echo "do"ne' });
  const first = await TerminalClient.open(t, agent, id, '?ack=1&window=4096');
  await until(() => first.output().length >= 4096, 'the window is full');
  await until(async () => (await offsetOf(agent, id)) > 500_000, 'the program is held back');
  await agent.app.close();
  const next = await listen(agent.config, agent.dir);
  t.after(() => next.app.close());
  const second = await TerminalClient.open(t, next, id, `?since=${first.output().length}`);
  assert.equal(await second.exit(), 0);
  const text = first.text + second.text;
  assert.equal(text.length, 4_088_895 + 5);
  assertGapless(text.split('\n').slice(0, -2).map(Number));
});
