import assert from 'node:assert/strict';
import type { KeptExecution } from '../../shared/api/kept-executions.ts';
import { readEvents } from '../support/agent.ts';
import { agentPid, containersOf } from '../support/containers.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { execute, finished, pythonSandbox } from '../support/executions.ts';
import { until } from '../support/until.ts';

engineTest(
  'what runs while control is killed with -9 is found by the next one, with all it said and its value',
  async (t) => {
    const lives = controlLives(t);
    let control = await lives.spawn();
    const { id: sandboxId } = await control.create(pythonSandbox());
    const code = `import os, time
def handler(event):
    print("before", flush=True)
    while not os.path.exists(event["go"]): time.sleep(0.02)
    print("after")
    return {"went": event["go"]}`;
    const python = (go: string) => ({
      sandboxId,
      language: 'python',
      code,
      handler: 'handler',
      event: { go },
      timeout: 600,
    });
    const { id: during } = await execute(control, python('/tmp/during'));
    const { id: ended } = await execute(control, python('/tmp/ended'));
    const { id: cancelled } = await execute(control, python('/tmp/never'));
    for (const id of [during, ended, cancelled]) {
      const runs = async () => {
        const { status } = (await (await control.fetch(`/v1/executions/${id}`)).json()) as KeptExecution;
        return status === 'running';
      };
      await until(runs, 'it runs');
    }
    await control.kill();
    control = await lives.spawn();
    // Ended before the next control knows of it, or while it finds it: it is the same.
    await (await control.agent(sandboxId)).run('touch /tmp/ended');
    await control.kill();
    control = await lives.spawn();
    await (await control.agent(sandboxId)).run('touch /tmp/during');
    for (const [id, went] of [
      [during, '/tmp/during'],
      [ended, '/tmp/ended'],
    ] as const) {
      const done = await finished(control, id);
      assert.deepEqual(
        [done.status, done.result, done.stdout],
        ['succeeded', { went }, 'before\nafter\n'],
        JSON.stringify(done),
      );
      const events = await readEvents(await control.fetch(`/v1/executions/${id}/events`));
      assert.deepEqual(
        events.map(({ type, text }) => (type === 'init' ? id : (text ?? type))),
        [id, 'before\n', 'after\n', 'execution_complete'],
      );
    }
    const response = await control.fetch(`/v1/executions/${cancelled}/cancel`, { method: 'POST' });
    assert.equal(((await response.json()) as KeptExecution).status, 'cancelled');
  },
);

engineTest(
  'an execution with a sandbox of its own that control is killed with leaves none behind, and has an end',
  async (t) => {
    const lives = controlLives(t);
    let control = await lives.spawn();
    const ids: string[] = [];
    for (const code of ['exec sleep 1000', 'echo done']) {
      const { id } = await execute(control, { image: 'cubby/busybox:test', language: 'shell', code, timeout: 2000 });
      ids.push(id);
    }
    await until(async () => (await containersOf(lives.store)).length > 0, 'one is being made');
    await control.kill();
    control = await lives.spawn();
    const [long, short] = ids as [string, string];
    const { status } = (await (await control.fetch(`/v1/executions/${long}`)).json()) as KeptExecution;
    if (status === 'running' || status === 'pending')
      await control.fetch(`/v1/executions/${long}/cancel`, { method: 'POST' });
    assert.ok(['cancelled', 'failed'].includes((await finished(control, long)).status));
    assert.ok(['succeeded', 'failed'].includes((await finished(control, short)).status));
    await until(async () => (await containersOf(lives.store)).length === 0, 'no sandbox is left');
  },
);

engineTest('an agent that dies while an execution runs loses nothing of it', async (t) => {
  const lives = controlLives(t);
  const control = await lives.spawn();
  const { id: sandboxId } = await control.create(pythonSandbox());
  const code = 'echo before; until [ -e /tmp/go ]; do sleep 0.02; done; echo after; exit 4';
  const { id } = await execute(control, { sandboxId, language: 'shell', code, timeout: 600 });
  const stream = control.fetch(`/v1/executions/${id}/events`).then(readEvents);
  const agent = await control.agent(sandboxId);
  await until(async () => {
    const { status } = (await (await control.fetch(`/v1/executions/${id}`)).json()) as KeptExecution;
    return status === 'running';
  }, 'it runs');
  process.kill(await agentPid(lives.store, sandboxId), 'SIGKILL');
  await until(async () => {
    const touched = await agent.run('touch /tmp/go').catch(() => undefined);
    return touched?.exitCode === 0;
  }, 'the next agent answers');
  const done = await finished(control, id);
  assert.deepEqual([done.status, done.exitCode, done.stdout], ['failed', 4, 'before\nafter\n'], JSON.stringify(done));
  const texts = (await stream).flatMap(({ type, text }) => (type === 'stdout' ? [text] : []));
  assert.deepEqual(texts, ['before\n', 'after\n'], 'a stream that was open goes on');
});
