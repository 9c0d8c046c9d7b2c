import assert from 'node:assert/strict';
import type { Task } from '../../shared/api/lobehub.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { LobehubClient, signingKeys } from '../support/lobehub.ts';
import { until } from '../support/until.ts';

const settings = { ...signingKeys, 'lobehub.image': 'cubby/busybox:test' };
const ada = { sub: 'user_ada' };

function output({ result }: Task): string | undefined {
  return result && 'stdout' in result ? result.stdout : undefined;
}

engineTest('control killed with -9 loses no task of LobeHub’s, and no session', async (t) => {
  const lives = controlLives(t);
  const first = await lives.spawn(settings);
  const before = new LobehubClient(first.url, ada);
  const begun = await before.terminal('echo kept > file');
  assert.equal(begun.created, true);
  const whole = await before.background('echo one; until [ -e go ]; do sleep 0.1; done; echo two; exit 5', {
    timeout_ms: 600_000,
  });
  const endless = await before.background('echo on; exec sleep 7020', { timeout_ms: 600_000 });
  const ended = await before.submit('terminalExec', { command: 'echo done', session_id: before.sessionId });
  await until(async () => output(await before.task(whole.task_id)) === 'one\n', 'the one runs');
  await until(async () => output(await before.task(endless.task_id)) === 'on\n', 'the other runs');
  await first.kill();

  const second = await lives.spawn(settings);
  const after = new LobehubClient(second.url, ada);
  const known = await after.task(whole.task_id);
  assert.deepEqual([known.status, known.created_at], ['running', whole.created_at]);
  assert.deepEqual(await after.task(ended.task_id), ended);
  const body = { command: 'cat file; touch go', session_id: after.sessionId, create_if_missing: false };
  const session = (await (await after.post('/api/v1/commands/terminal', body)).json()) as {
    created: boolean;
    stdout: string;
  };
  assert.deepEqual([session.created, session.stdout], [false, 'kept\n']);
  await until(async () => (await after.task(whole.task_id)).status === 'succeeded', 'it has come to its end');
  const { result } = await after.task(whole.task_id);
  assert.ok(result && 'stdout' in result);
  assert.deepEqual([result.stdout, result.exit_code, result.session_id], ['one\ntwo\n', 5, after.sessionId]);

  const canceled = await after.cancel(endless.task_id);
  assert.deepEqual([canceled.status, output(canceled)], ['canceled', 'on\n']);
  const { stdout } = await after.terminal('cat /proc/[0-9]*/cmdline | tr "\\0" " "');
  assert.ok(!stdout.includes('sleep 7020'));

  // What the engine ends meanwhile is told of, and not waited for.
  const lost = await after.background('exec sleep 7021', { timeout_ms: 600_000 });
  await until(async () => (await after.task(lost.task_id)).status === 'running', 'it runs');
  const { items } = (await (await second.fetch('/v1/sandboxes')).json()) as { items: { id: string }[] };
  await second.delete(items[0]!.id);
  await until(async () => (await after.task(lost.task_id)).completed_at !== undefined, 'it has come to its end');
  const { status, error, result: rest } = await after.task(lost.task_id);
  // Its agent may have seen it die before it died itself.
  if (status === 'failed') assert.equal(error?.code, 'execution_failed');
  else assert.equal(rest && 'exit_code' in rest && rest.exit_code, 137);
  const anew = await after.terminal('ls');
  assert.deepEqual([anew.created, anew.stdout], [true, '']);
});

engineTest('control that ends as it is told to lets tasks go on, and the next one has what came of them', async (t) => {
  const lives = controlLives(t);
  const first = await lives.spawn(settings);
  const before = new LobehubClient(first.url, ada);
  const begun = await before.background('until [ -e go ]; do sleep 0.1; done; echo done', { timeout_ms: 600_000 });
  await until(async () => (await before.task(begun.task_id)).status === 'running', 'it runs');
  assert.equal((await first.stop()).code, 0);
  const after = new LobehubClient((await lives.spawn(settings)).url, ada);
  await after.terminal('touch go');
  await until(async () => (await after.task(begun.task_id)).status === 'succeeded', 'it has come to its end');
  assert.equal(output(await after.task(begun.task_id)), 'done\n');
});
