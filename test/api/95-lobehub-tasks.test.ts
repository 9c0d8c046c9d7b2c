import assert from 'node:assert/strict';
import { startTestControl, type TestControl } from '../support/control.ts';
import { smallImage } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { LobehubClient, otherKey, runs, signingKeys } from '../support/lobehub.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

const small = { ...signingKeys, 'lobehub.image': smallImage, 'sandbox.memory': '128Mi' };
const ada = { sub: 'user_ada' };

engineTest('a LobeHub has tasks done in the background', async (t) => {
  const control = await startTestControl(t, small);
  const client = new LobehubClient(control.url, ada);
  await client.terminal('echo 12345 > five.txt; mkdir -p dir');
  await t.test('whose output is told while they run, and which can be canceled', () => background(control, client));

  await t.test('waiting until they have ended, or for as long as was said', async () => {
    const input = { command: 'echo done; exit 2', session_id: client.sessionId };
    const done = await client.submit('terminalExec', input);
    assert.deepEqual([done.status, done.error], ['succeeded', undefined]);
    assert.deepEqual(done.result && 'stdout' in done.result && [done.result.stdout, done.result.exit_code], [
      'done\n',
      2,
    ]);
    assert.equal(done.status_url, undefined);
    const response = await client.post('/api/v1/tasks', {
      capability: 'terminalExec',
      input: { ...input, command: 'sleep 7000' },
      mode: 'auto',
      wait_ms: 50,
    });
    assert.equal(response.status, 202);
    const waited = (await response.json()) as { task_id: string; status: string; status_url: string };
    assert.equal(waited.status_url, `/api/v1/tasks/${waited.task_id}`);
    await client.cancel(waited.task_id);
  });

  await t.test('which fail by their time, and when there is no such session', async () => {
    const late = await client.submit(
      'terminalExec',
      { command: 'echo a; sleep 7000', session_id: client.sessionId },
      { timeout_ms: 300 },
    );
    assert.deepEqual([late.status, late.error?.code], ['failed', 'timeout']);
    assert.equal(late.result && 'stdout' in late.result && late.result.stdout, 'a\n');
    const none = await client.submit('terminalExec', { command: 'true', session_id: 'none' });
    assert.deepEqual([none.status, none.error?.code, none.result], ['failed', 'session_not_found', undefined]);
  });

  await t.test('with files of a session: whether there is one, and what is in it', async () => {
    const about = (path: string, action?: string) =>
      client.submit('terminalResource', { session_id: client.sessionId, file_path: path, ...(action && { action }) });
    const { result, error } = await about('five.txt');
    assert.equal(error, undefined);
    const shown = { session_id: client.sessionId, file_path: 'five.txt', mime_type: 'text/plain', size_bytes: 6 };
    assert.deepEqual(result, shown);
    const absolute = `/sessions/${client.sessionId}/five.txt`;
    assert.deepEqual((await about(absolute, 'read')).result, { ...shown, file_path: absolute, blob: 'MTIzNDUK' });
    assert.equal((await about('none.txt')).error?.code, 'file_not_found');
    assert.equal((await about('dir')).error?.code, 'invalid_file');
    assert.equal((await about('/etc/none', 'read')).error?.code, 'file_not_found');
    await client.terminal('dd if=/dev/zero of=big bs=1024 count=1025 2>/dev/null');
    assert.equal((await about('big', 'read')).error?.code, 'payload_too_large');
  });

  await t.test('and nobody has those of another user, whatever the id', async () => {
    const { task_id: id } = await client.submit('terminalExec', {
      command: 'echo secret',
      session_id: client.sessionId,
    });
    for (const one of [
      new LobehubClient(control.url, { sub: 'user_eve' }),
      new LobehubClient(control.url, { ...ada, iss: 'other', key: otherKey }),
    ])
      for (const way of [`/api/v1/tasks/${id}`, '/api/v1/tasks/none']) {
        await refused(await one.fetch(way), 'TASK_NOT_FOUND', 'id');
        await refused(await one.fetch(`${way}/cancel`, { method: 'POST' }), 'TASK_NOT_FOUND', 'id');
      }
    assert.equal((await client.task(id)).status, 'succeeded');
  });

  await t.test('of which a user may have a hundred, and fifty are remembered that have ended', async () => {
    const begun = await Promise.all(Array.from({ length: 100 }, () => client.background('sleep 7000')));
    const input = { command: 'true', session_id: client.sessionId };
    await refused(await client.post('/api/v1/tasks', { capability: 'terminalExec', input }), 'TOO_MANY_TASKS');
    const ended = await Promise.all(begun.map(({ task_id: id }) => client.cancel(id)));
    assert.ok(ended.every(({ status }) => status === 'canceled'));
    const last = await client.submit('terminalExec', input);
    const known = await Promise.all(begun.map(({ task_id: id }) => client.fetch(`/api/v1/tasks/${id}`)));
    assert.equal(known.filter(({ status }) => status === 200).length, 50);
    assert.equal((await client.task(last.task_id)).status, 'succeeded');
  });
});

async function background(control: TestControl, client: LobehubClient): Promise<void> {
  const begun = await client.background('echo first; (sleep 7004 &); sleep 7005');
  assert.ok(['pending', 'running'].includes(begun.status));
  const output = async () => {
    const { status, result } = await client.task(begun.task_id);
    assert.ok(['pending', 'running'].includes(status));
    return result && 'stdout' in result ? result.stdout : undefined;
  };
  await until(async () => (await output()) === 'first\n', 'its output is told');
  await until(
    async () => (await runs(control, 'user_ada', 'sleep 7004')) && runs(control, 'user_ada', 'sleep 7005'),
    'both run',
  );
  const canceled = await client.cancel(begun.task_id);
  assert.deepEqual([canceled.status, canceled.error], ['canceled', undefined]);
  assert.equal(canceled.result && 'stdout' in canceled.result && canceled.result.stdout, 'first\n');
  assert.equal(await runs(control, 'user_ada', 'sleep 700'), false);
  assert.deepEqual(await client.task(begun.task_id), canceled);
  const again = await client.fetch(`/api/v1/tasks/${begun.task_id}/cancel`, { method: 'POST' });
  await refused(again, 'TASK_NOT_RUNNING', 'id');
}
