import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { startAgent } from '../../support/agent.ts';

interface Refusal {
  status: number;
  code: string;
  field: string;
}

test('a working directory that can’t be one is refused, whatever is the matter with it', async (t) => {
  const agent = await startAgent(t);
  const places = ['/etc/passwd', '/etc/passwd/below', `/${'x'.repeat(4000)}`, '/proc/self/fd/999999', '$PATH'];
  for (const cwd of places) {
    const { code, field } = await refusal(await agent.post('/command', { command: 'true', cwd }));
    assert.deepEqual([code, field], ['WORKING_DIRECTORY_NOT_FOUND', 'cwd'], cwd);
  }
  const unset = await refusal(await agent.post('/command', { command: 'true', cwd: '$NOT_SET/x' }));
  assert.deepEqual([unset.code, unset.field], ['INVALID_PARAMETER', 'cwd']);
});

test('more environment than Linux takes is refused by name, and leaves nothing behind', async (t) => {
  const agent = await startAgent(t);
  // 100,000 characters, but twice as many bytes.
  const wide = await refusal(await agent.post('/command', { command: 'true', envs: { WIDE: 'ü'.repeat(100_000) } }));
  assert.deepEqual([wide.status, wide.code, wide.field], [400, 'INVALID_REQUEST_BODY', 'envs.WIDE']);
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, count) => [`V${count}`, 'x'.repeat(120_000)]));
  const much = await refusal(await agent.post('/command', { command: 'true', envs: many }));
  assert.deepEqual([much.status, much.code, much.field], [400, 'INVALID_REQUEST_BODY', 'envs']);
  assert.deepEqual(readdirSync(agent.config.spool), []);
});

test('odd names and values reach the command as they are', async (t) => {
  const agent = await startAgent(t);
  const envs = { 'with space': 'a\nb', 'BASH_FUNC_greet%%': '() { echo hello; }', LD_PRELOAD: '', größe: 'ü🙂' };
  const { stdout } = await agent.run('greet; env', { envs });
  const lines = stdout.split('\n');
  for (const line of ['hello', 'with space=a', 'größe=ü🙂', 'LD_PRELOAD=']) assert.ok(lines.includes(line), line);
});

test('a number that is none is refused and never taken for another', async (t) => {
  const agent = await startAgent(t);
  const id = (await agent.run('echo text')).events[0]!.text!;
  for (const number of ['', '-1', '1.5', '0x2', '1e3', 'NaN', 'Infinity', '9'.repeat(30), '1&offset=2']) {
    const output = await refusal(await agent.fetch(`/command/${id}/output?offset=${number}`));
    assert.deepEqual([output.code, output.field], ['INVALID_PARAMETER', 'offset'], number);
    if (number.includes('&')) continue;
    const headers = { 'last-event-id': number };
    const events = await refusal(await agent.fetch(`/command/${id}/events`, { headers }));
    assert.deepEqual([events.code, events.field], ['INVALID_PARAMETER', 'last-event-id'], number);
  }
  const beyond = await agent.fetch(`/command/${id}/events`, { headers: { 'last-event-id': '999999999999999' } });
  assert.equal(await beyond.text(), '');
});

test('an id is only ever looked up, and leads to no file', async (t) => {
  const agent = await startAgent(t);
  const id = (await agent.run('true')).events[0]!.text!;
  const tricks = [
    '..%2f..',
    `${id}%2f..%2f${id}`,
    `.%2f${id}`,
    `${id}%00`,
    '__proto__',
    'constructor',
    '%20',
    'x'.repeat(100),
  ];
  for (const trick of tricks) {
    for (const path of [`/command/${trick}/events`, `/command/${trick}/output`, `/command/status/${trick}`]) {
      const { status, code } = await refusal(await agent.fetch(path));
      assert.deepEqual([status, code], [404, 'COMMAND_NOT_FOUND'], path);
    }
    const { code } = await refusal(await agent.fetch(`/command?id=${trick}`, { method: 'DELETE' }));
    assert.equal(code, 'COMMAND_NOT_FOUND', trick);
  }
  const twice = await refusal(await agent.fetch(`/command?id=${id}&id=${id}`, { method: 'DELETE' }));
  assert.deepEqual([twice.status, twice.field], [400, 'id']);
});

async function refusal(response: Response): Promise<Refusal> {
  assert.ok(response.status >= 400, `it is refused, not ${response.status}`);
  const { code, field } = (await response.json()) as Refusal;
  return { status: response.status, code, field };
}
