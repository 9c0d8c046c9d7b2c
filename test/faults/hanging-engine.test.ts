import assert from 'node:assert/strict';
import { containersOf, volumesOf } from '../support/containers.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

/** How long control waits for the engine here. */
const apiTimeoutSeconds = 6;

engineTest('an engine that hangs does not hang control', async (t) => {
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({
    'docker.socket': engine.socket,
    'docker.api_timeout_seconds': String(apiTimeoutSeconds),
  });
  const { id } = await control.create();
  const agent = await control.agent(id);
  const stateOf = async () => (await control.get(id)).status.state;

  await t.test('what needs no engine is answered as ever', async () => {
    engine.stall(/./);
    const expiresAt = new Date(Date.now() + 7_200_000).toISOString();
    for (const ask of [
      async () => assert.equal(await stateOf(), 'Running'),
      async () => assert.equal((await control.fetch('/v1/sandboxes')).status, 200),
      async () => assert.equal((await control.fetch('/health')).status, 200),
      async () => assert.equal((await control.fetch('/metrics')).status, 200),
      async () => assert.equal((await control.post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt })).status, 200),
      async () => assert.equal((await agent.run('echo still here')).stdout, 'still here'),
    ]) {
      const started = performance.now();
      await ask();
      const took = performance.now() - started;
      t.diagnostic(`${took.toFixed(0)} ms`);
      // Whatever waits for the engine waits for so long.
      assert.ok(took < apiTimeoutSeconds * 1000, 'it did not wait for the engine');
    }
  });

  await t.test('what needs it fails in time and says so', async () => {
    const [create, logs] = await Promise.all([
      control.post('/v1/sandboxes', createRequest()),
      control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`),
    ]);
    const { message } = await refused(create, 'ENGINE_TIMEOUT');
    assert.match(message, /within 6000 ms/);
    await refused(logs, 'ENGINE_TIMEOUT');
  });

  await t.test('a delete fails clearly, is not forgotten, and is finished when the engine is back', async () => {
    await refused(await control.delete(id), 'ENGINE_TIMEOUT');
    assert.equal(await stateOf(), 'Stopping');
    const { message } = await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.match(message, /is Stopping: It was deleted/);
    assert.deepEqual(await containersOf(lives.store), [id]);
    engine.resume();
    await until(async () => (await control.fetch(`/v1/sandboxes/${id}`)).status === 404, 'it is gone');
    assert.deepEqual([await containersOf(lives.store), await volumesOf(lives.store)], [[], 0]);
  });

  await t.test('what a create left behind when the engine hung in the middle of it is removed later', async () => {
    // The container is made, and then nothing can be learnt about it.
    engine.stall(/^(GET|DELETE) \/containers\/cubby-\S+/);
    const response = await control.post('/v1/sandboxes', createRequest());
    await refused(response, 'ENGINE_TIMEOUT');
    assert.equal((await containersOf(lives.store)).length, 1);
    engine.resume();
    await until(async () => (await containersOf(lives.store)).length === 0, 'its container is gone');
    const gone = async () =>
      ((await (await control.fetch('/v1/sandboxes')).json()) as { items: [] }).items.length === 0;
    await until(gone, 'it is told of no more');
    assert.equal(await volumesOf(lives.store), 0);
  });

  await t.test('and after all that a sandbox can be made', async () => {
    const next = await control.create();
    assert.equal((await (await control.agent(next.id)).run('echo fine')).stdout, 'fine');
  });
});
