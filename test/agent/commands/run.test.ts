import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEvents, startAgent, streamEvents } from '../../support/agent.ts';

test('a command answers with its id, its lines and exactly one last event', async (t) => {
  const agent = await startAgent(t);
  const { events, stdout, stderr } = await agent.run('echo one; echo two; echo three >&2');
  assert.equal(events[0]?.type, 'init');
  assert.match(events[0]?.text ?? '', /^[0-9a-f]{32}$/);
  assert.equal(stdout, 'one\ntwo');
  assert.equal(stderr, 'three');
  assert.deepEqual(
    events.filter((event) => !['init', 'stdout', 'stderr'].includes(event.type)).map((event) => event.type),
    ['execution_complete'],
  );
  assert.ok(events.every((event) => Number.isInteger(event.timestamp)));
});

test('an exit code, a signal and a program that is not there are told apart', async (t) => {
  const agent = await startAgent(t);
  const error = async (command: string) => (await agent.run(command)).events.at(-1)?.error;
  assert.deepEqual(await error('exit 3'), {
    ename: 'CommandExecError',
    evalue: '3',
    traceback: ['exit status 3'],
  });
  assert.equal((await error('kill -9 $$'))?.evalue, '-1');
  assert.deepEqual((await error('kill -9 $$'))?.traceback, ['signal: killed']);
  assert.equal((await error('no-such-program-here'))?.evalue, '127');
});

test('the stream ends the moment the command does, though it left a server running', async (t) => {
  const agent = await startAgent(t);
  const { events, exitCode } = await agent.run('sleep 1000 & echo up');
  assert.equal(exitCode, 0);
  // The server is still its child: an interrupt finds it.
  const response = await agent.fetch(`/command?id=${events[0]!.text}`, { method: 'DELETE' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '0');
});

test('a time-out ends the command and everything that it started', async (t) => {
  const agent = await startAgent(t);
  const { events } = await agent.run('setsid sleep 1000 & trap "" TERM; sleep 1000', { timeout: 100 });
  assert.equal(events.at(-1)?.error?.evalue, '-1');
  const status = await agent.fetch(`/command/status/${events[0]!.text}`);
  const { reason, exit_code } = (await status.json()) as { reason: string; exit_code: number };
  assert.deepEqual([reason, exit_code], ['timeout', -1]);
});

test('an interrupt answers when nothing is left, and a second one says that it has ended', async (t) => {
  const agent = await startAgent(t);
  const id = await agent.background('setsid sleep 1000 & sleep 1000');
  assert.equal((await agent.fetch(`/command?id=${id}`, { method: 'DELETE' })).status, 200);
  const status = (await (await agent.fetch(`/command/status/${id}`)).json()) as { running: boolean; reason: string };
  assert.deepEqual([status.running, status.reason], [false, 'killed']);
  const second = await agent.fetch(`/command?id=${id}`, { method: 'DELETE' });
  assert.equal(second.status, 409);
  assert.equal(((await second.json()) as { code: string }).code, 'COMMAND_NOT_RUNNING');
});

test('a background command answers at once and is followed later', async (t) => {
  const agent = await startAgent(t);
  const id = await agent.background('read line < fifo; echo "$line"', { cwd: fifoIn(agent.dir) });
  const running = (await (await agent.fetch(`/command/status/${id}`)).json()) as { running: boolean };
  assert.equal(running.running, true);
  const events = readEvents(await agent.fetch(`/command/${id}/events`));
  await agent.run('echo late > fifo', { cwd: agent.dir });
  assert.deepEqual(
    (await events).map((event) => event.text ?? event.type),
    [id, 'late', 'execution_complete'],
  );
});

test('lines arrive while the command runs', async (t) => {
  const agent = await startAgent(t);
  const cwd = fifoIn(agent.dir);
  const response = await agent.post('/command', { command: 'echo first; read line < fifo; echo "$line"', cwd });
  const seen: string[] = [];
  for await (const event of streamEvents(response)) {
    if (event.type !== 'stdout') continue;
    seen.push(event.text!);
    // If the first line were kept back until the end, nobody would ever write the second.
    if (event.text === 'first') await agent.run('echo second > fifo', { cwd });
  }
  assert.deepEqual(seen, ['first', 'second']);
});

test('the environment is built from nothing: image, user and request, and nothing of the agent’s', async (t) => {
  const agent = await startAgent(t);
  process.env.NODE_OPTIONS_OF_AGENT = 'secret';
  const { stdout } = await agent.run('env', { envs: { EXTRA: 'from the request' } });
  delete process.env.NODE_OPTIONS_OF_AGENT;
  const names = stdout.split('\n').map((line) => line.split('=')[0]);
  for (const name of ['PATH', 'HOME', 'USER', 'LOGNAME', 'IMAGE_ENV', 'EXTRA']) assert.ok(names.includes(name), name);
  for (const name of ['NODE_OPTIONS_OF_AGENT', 'CUBBY_TOKEN', 'NODE_CHANNEL_FD'])
    assert.ok(!names.includes(name), name);
  assert.match(stdout, /^EXTRA=from the request$/m);
});

test('a working directory may start with ~ or a variable, and has to exist', async (t) => {
  const agent = await startAgent(t);
  mkdirSync(join(agent.dir, 'with space'));
  const envs = { PLACE: agent.dir, HOME: agent.dir };
  assert.equal((await agent.run('pwd', { cwd: '$PLACE/with space', envs })).stdout, join(agent.dir, 'with space'));
  assert.equal((await agent.run('pwd', { cwd: '~', envs })).stdout, agent.dir);
  const missing = await agent.post('/command', { command: 'pwd', cwd: '/no/such/place' });
  assert.equal(missing.status, 400);
  const body = (await missing.json()) as { code: string; field: string; message: string };
  assert.deepEqual([body.code, body.field], ['WORKING_DIRECTORY_NOT_FOUND', 'cwd']);
  assert.match(body.message, /working directory does not exist/);
});

test('a command longer than Linux takes as an argument runs all the same', async (t) => {
  const agent = await startAgent(t);
  const { stdout, exitCode } = await agent.run(`echo ${'x'.repeat(400_000)} | wc -c`);
  assert.deepEqual([stdout.trim(), exitCode], ['400001', 0]);
});

test('what can’t be right is refused with a code and the field’s name', async (t) => {
  const agent = await startAgent(t);
  const refusal = async (body: unknown) => {
    const response = await agent.post('/command', body);
    const { code, field } = (await response.json()) as { code: string; field: string };
    return [response.status, code, field];
  };
  const invalid = (field: string) => [400, 'INVALID_REQUEST_BODY', field];
  assert.deepEqual(await refusal('{"command":'), invalid('body'));
  assert.deepEqual(await refusal({}), invalid('command'));
  assert.deepEqual(await refusal({ command: '' }), invalid('command'));
  assert.deepEqual(await refusal({ command: 7 }), invalid('command'));
  assert.deepEqual(await refusal({ command: 'a\0b' }), invalid('command'));
  assert.deepEqual(await refusal({ command: 'x'.repeat(2_000_000) }), invalid('command'));
  assert.deepEqual(await refusal({ command: 'true', timeout: -1 }), invalid('timeout'));
  assert.deepEqual(await refusal({ command: 'true', timeout: 1e300 }), invalid('timeout'));
  assert.deepEqual(await refusal({ command: 'true', uid: -5 }), invalid('uid'));
  assert.deepEqual(await refusal({ command: 'true', gid: 5 }), invalid('gid'));
  assert.deepEqual(await refusal({ command: 'true', cwd: 'a\0b' }), invalid('cwd'));
  assert.deepEqual(await refusal({ command: 'true', envs: { 'A=B': 'c' } }), invalid('envs.A=B'));
  assert.deepEqual(await refusal('x'.repeat(10 * 1024 * 1024)), [413, 'PAYLOAD_TOO_LARGE', 'body']);
});

test('every route asks for the token', async (t) => {
  const agent = await startAgent(t);
  for (const [method, path] of [
    ['GET', '/ping'],
    ['POST', '/command'],
    ['GET', '/metrics'],
    ['GET', '/nothing/here'],
  ]) {
    for (const token of [undefined, 'wrong']) {
      const headers: Record<string, string> = token ? { 'x-execd-access-token': token } : {};
      const response = await fetch(`${agent.url}${path}`, { method: method!, headers });
      assert.equal(response.status, 401, `${method} ${path}`);
      assert.equal(((await response.json()) as { code: string }).code, 'INVALID_ACCESS_TOKEN');
    }
  }
});

/** Makes a named pipe called `fifo` and returns its directory. */
function fifoIn(dir: string): string {
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  return dir;
}
