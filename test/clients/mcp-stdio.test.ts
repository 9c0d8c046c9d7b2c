import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestControl } from '../support/control.ts';
import { stdio } from '../support/mcp.ts';
import { until } from '../support/until.ts';
import { ensure } from '../support/workspaces.ts';

test('cubby mcp ends with its input, and ends what it was asked for', async (t) => {
  const control = await startTestControl(t, { 'sandbox.caller_grace_seconds': '1' });
  const { sandbox } = await ensure(control, 'app:alice');
  const agent = await control.agent(sandbox.id);
  const { command, args, env } = stdio(control, 'app:alice');
  const program = spawn(command, args, { env, stdio: 'pipe' });
  t.after(() => program.kill('SIGKILL'));
  const closed = once(program, 'close');
  const out: string[] = [];
  const err: string[] = [];
  program.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  program.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const send = (message: object) => program.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  send({ id: 1, method: 'initialize', params });
  send({ method: 'notifications/initialized' });
  const seconds = `${10_000 + Math.floor(Math.random() * 1e6)}`;
  const text = `setsid sleep ${seconds} & exec sleep ${seconds}`;
  send({ id: 2, method: 'tools/call', params: { name: 'runCommand', arguments: { command: text } } });
  const lines = async () => (await agent.run('ps -o args')).stdout.split('\n').filter((line) => line.includes(seconds));
  const whole = async () => (await lines()).filter((line) => line.trim() === `sleep ${seconds}`).length;
  await until(async () => (await whole()) === 2, 'the command and its child run');

  program.stdin.end();
  assert.deepEqual(await closed, [0, null]);
  await until(async () => (await lines()).length === 0, 'nothing of the command is left');
  const messages = out
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number; result: object });
  assert.partialDeepStrictEqual(messages, [{ id: 1, result: { protocolVersion: '2025-06-18' } }]);
  assert.deepEqual(err, []);
});
