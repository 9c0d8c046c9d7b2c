import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takesLineEnds } from '../../../agent/processes/line-ends.ts';
import { readEvents, startAgent } from '../../support/agent.ts';

const command = `printf 'one\\n\\ntwo\\r\\n10%%\\r20%%\\r"ü"\\nrest'; printf 'trouble\\nmore' >&2`;
const output = 'one\n\ntwo\r\n10%\r20%\r"ü"\nrest';
const userAgent = 'OpenSandbox-Python-SDK/1.1.1';

test('newer clients get texts that are, put together, what was put out; older ones get lines', async (t) => {
  const agent = await startAgent(t);
  const texts = async (headers: Record<string, string>, path = '/command', init: RequestInit = {}) => {
    const response =
      init.method === 'GET' ? await agent.fetch(path, { headers }) : await agent.post(path, { command }, { headers });
    const events = await readEvents(response);
    return {
      events,
      stdout: events.flatMap(({ type, text }) => (type === 'stdout' ? [text] : [])),
      stderr: events.flatMap(({ type, text }) => (type === 'stderr' ? [text] : [])),
    };
  };
  const newer = await texts({ 'user-agent': userAgent });
  assert.deepEqual(newer.stdout, ['one\n', '\n', 'two\r', '\n', '10%\r', '20%\r', '"ü"\n', 'rest']);
  assert.deepEqual([newer.stdout.join(''), newer.stderr.join('')], [output, 'trouble\nmore']);
  const older = await texts({ 'user-agent': 'OpenSandbox-JS-SDK/0.1.11' });
  assert.deepEqual(older.stdout, ['one', '\n', 'two', '10%', '20%', '"ü"', 'rest']);
  assert.deepEqual(older.stderr, ['trouble', 'more']);

  // Whoever comes back after any of the events misses none and gets none twice.
  const [{ text: id }, ...rest] = newer.events as [{ text?: string }, ...typeof newer.events];
  for (const [index, event] of rest.entries()) {
    if (event.id === undefined) continue;
    const headers = { 'user-agent': userAgent, 'last-event-id': String(event.id) };
    const resumed = await texts(headers, `/command/${id}/events`, { method: 'GET' });
    assert.deepEqual(
      resumed.events.filter(({ type }) => type !== 'ping'),
      rest.slice(index + 1).filter(({ type }) => type !== 'ping'),
    );
  }
});

test('a client is told by its User-Agent, and only OpenSandbox’s own from 1.1 on take line ends', () => {
  for (const agent of [
    userAgent,
    'OpenSandbox-Go-SDK/2.0',
    'x OpenSandbox-JS-SDK/1.10.0 y',
    'opensandbox-csharp-sdk/1.1',
  ]) {
    assert.equal(takesLineEnds(agent), true, agent);
  }
  const others = [
    undefined,
    '',
    'curl/8',
    'OpenSandbox-Python-SDK/1.0.9',
    'OpenSandbox-JS-SDK/0.1.11',
    'OpenSandbox-SDK/1.1',
    'NotOpenSandbox-JS-SDK/1.1',
  ];
  for (const agent of others) assert.equal(takesLineEnds(agent), false, agent);
});
