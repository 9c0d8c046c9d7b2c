import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandsAdapter, createExecdClient } from '@alibaba-group/opensandbox/internal';
import { startAgent } from '../../support/agent.ts';

const texts = (lines: { text: string }[]) => lines.map(({ text }) => text);

test('OpenSandbox’s JavaScript SDK does everything with sessions that it can', async (t) => {
  const agent = await startAgent(t);
  const headers = { 'x-execd-access-token': agent.config.token };
  const commands = new CommandsAdapter(createExecdClient({ baseUrl: agent.url, headers }), {
    baseUrl: agent.url,
    headers,
  });
  const made = join(agent.dir, 'made');
  const id = await commands.createSession({ workingDirectory: made });
  assert.ok(existsSync(made));
  const first = await commands.runInSession(id, 'pwd; cd /; f() { echo "$x"; }; x=1; echo trouble >&2; false');
  assert.deepEqual([first.id, texts(first.logs.stdout), texts(first.logs.stderr)], [id, [made], ['trouble']]);
  assert.equal(first.exitCode, 1);
  assert.deepEqual([first.error?.name, first.error?.value], ['CommandExecError', '1']);
  const second = await commands.runInSession(id, 'f; pwd; echo', { workingDirectory: '/usr' });
  assert.deepEqual([texts(second.logs.stdout), second.exitCode], [['1', '/usr', '\n'], 0]);
  assert.ok(second.complete);

  const slow = await commands.runInSession(id, 'echo begun; sleep 1000', { timeoutSeconds: 4 });
  assert.deepEqual([texts(slow.logs.stdout), slow.exitCode], [['begun'], -1]);
  const ended = await commands.runInSession(id, 'x=2; exit 7');
  assert.equal(ended.exitCode, 7);
  const types: string[] = [];
  for await (const event of commands.runInSessionStream(id, 'f; sleep 1000')) {
    types.push(event.type);
    if (event.text === '2') await commands.interrupt(id);
  }
  assert.deepEqual(
    types.filter((type) => type !== 'ping'),
    ['init', 'stdout', 'error'],
  );
  await commands.deleteSession(id);
  await assert.rejects(commands.runInSession(id, 'true'), { statusCode: 404 });
  await assert.rejects(commands.deleteSession(id), { statusCode: 404 });
  assert.match(await commands.createSession(), /^[0-9a-f-]{36}$/);
});
