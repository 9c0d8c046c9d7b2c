import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IsolatedSessionsAdapter } from '@alibaba-group/opensandbox/internal';
import { startAgent } from '../../support/agent.ts';
import { refused } from '../../support/refused.ts';

test('clients learn that there are no isolated sessions, and a use of one says so', async (t) => {
  const agent = await startAgent(t);
  const answer = await agent.fetch('/v1/isolated/capabilities');
  assert.equal(answer.status, 200);
  const { message, ...capabilities } = (await answer.json()) as { message: string };
  assert.match(message, /no isolated sessions/);
  assert.deepEqual(capabilities, {
    available: false,
    isolator: 'none',
    version: '',
    setpriv_available: false,
    userns_available: false,
    commit_supported: false,
    diff_supported: false,
  });
  const headers = { 'x-execd-access-token': agent.config.token };
  const isolation = new IsolatedSessionsAdapter({ baseUrl: agent.url, headers });
  assert.equal((await isolation.capabilities()).available, false);
  await assert.rejects(isolation.create({ workspace: { path: '/tmp' } }), /501 .*no isolated sessions/);
  for (const [method, path] of [
    ['POST', 'session'],
    ['GET', 'sessions'],
    ['GET', 'session/1'],
    ['DELETE', 'session/1'],
    ['POST', 'session/1/run'],
    ['GET', 'session/1/files/info?path=/'],
  ]) {
    await refused(await agent.fetch(`/v1/isolated/${path}`, { method }), 'NOT_SUPPORTED');
  }
  const form = new FormData();
  form.append('file', new Blob(['text']), 'file');
  const upload = await agent.fetch('/v1/isolated/session/1/files/upload', { method: 'POST', body: form });
  await refused(upload, 'NOT_SUPPORTED');
});
