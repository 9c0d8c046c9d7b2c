import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { containerOf, containersOf, pauseByHand, volumesOf } from '../support/containers.ts';
import type { ControlClient } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { randomFrom } from '../support/random.ts';
import { refused } from '../support/refused.ts';
import { withStore } from '../support/rows.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

const post = (control: ControlClient, id: string, what: 'pause' | 'resume') =>
  control.fetch(`/v1/sandboxes/${id}/${what}`, { method: 'POST' });
const stateOf = async (control: ControlClient, id: string) => (await control.get(id)).status.state;

engineTest('what somebody else pauses or unpauses is told of within moments', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { id } = await control.create();
  const container = containerOf(lives.store, id);
  for (let round = 0; round < 3; round += 1) {
    await pauseByHand(container);
    await until(async () => (await stateOf(control, id)) === 'Paused', 'it is told of as paused');
    await refused(await (await control.agent(id)).fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
    await container.unpause();
    await until(async () => (await stateOf(control, id)) === 'Running', 'it is told of as running');
  }
  // Paused by one way, resumed by the other.
  await pauseByHand(container);
  await until(async () => (await stateOf(control, id)) === 'Paused', 'it is told of as paused');
  assert.equal((await post(control, id, 'resume')).status, 202);
  assert.equal((await (await control.agent(id)).run('echo back')).stdout, 'back');
  assert.equal((await post(control, id, 'pause')).status, 202);
  await container.unpause();
  await until(async () => (await stateOf(control, id)) === 'Running', 'it is told of as running');
});

engineTest('a pause or a resume against a deletion: the deletion wins, and nothing is left', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  for (const what of ['pause', 'resume'] as const) {
    for (const wait of [0, 1, 4, 10, 20]) {
      const { id } = await control.create();
      if (what === 'resume') assert.equal((await post(control, id, 'pause')).status, 202);
      const pausing = post(control, id, what);
      await delay(wait);
      const deleted = await control.delete(id);
      assert.equal(deleted.status, 204, await deleted.text());
      const { status } = await pausing;
      assert.ok([202, 404, 409].includes(status), `${what} was answered with ${status}`);
      await refused(await control.fetch(`/v1/sandboxes/${id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    }
  }
  assert.deepEqual([await containersOf(lives.store), await volumesOf(lives.store)], [[], 0]);
});

engineTest('a paused sandbox ends when its time is up', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const { id } = await first.create({ entrypoint: ['/bin/sh', '-c', 'echo these; exec sleep 1000'] });
  assert.equal((await post(first, id, 'pause')).status, 202);
  await first.control.close();
  const dueAt = Date.now() + 1000;
  withStore(lives.state, (store) => store.update(id, ['Paused'], { expiresAt: dueAt, dueAt }));
  const second = await lives.open();
  await until(async () => (await stateOf(second, id)) === 'Terminated', 'its time is up');
  assert.equal((await second.get(id)).status.reason, 'ttl_expiry');
  assert.deepEqual(await containersOf(lives.store), []);
  await refused(await post(second, id, 'resume'), 'DOCKER::SANDBOX_NOT_PAUSED');
  await refused(await post(second, id, 'pause'), 'DOCKER::SANDBOX_NOT_RUNNING');
});

engineTest(
  'a control that is killed in the middle of a pause or a resume tells the truth when it is back',
  async (t) => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const lives = controlLives(t);
    let control = await lives.spawn();
    const { id } = await control.create();
    const container = containerOf(lives.store, id);
    const started = performance.now();
    for (const what of ['pause', 'resume'] as const) assert.equal((await post(control, id, what)).status, 202);
    const usual = (performance.now() - started) / 2;
    const seen = new Map<string, number>();
    for (let round = 0; round < 10; round += 1) {
      const what = (await stateOf(control, id)) === 'Running' ? 'pause' : 'resume';
      const answer = post(control, id, what).catch(() => undefined);
      await delay(random() * 2 * usual);
      await control.kill();
      const answered = (await answer)?.status === 202;
      control = await lives.spawn();
      let state = '';
      // What the engine was asked for by the one before, it may still be doing.
      const isTrue = async () => {
        state = await stateOf(control, id);
        const { Paused: isPaused } = (await container.inspect()).State;
        return state === (isPaused ? 'Paused' : 'Running');
      };
      await until(isTrue, `it is told of as it is (TEST_SEED=${seed})`);
      if (answered) assert.equal(state, what === 'pause' ? 'Paused' : 'Running', `TEST_SEED=${seed}`);
      seen.set(`${what}: ${state}`, (seen.get(`${what}: ${state}`) ?? 0) + 1);
    }
    t.diagnostic([...seen].map(([outcome, count]) => `${count} × ${outcome}`).join(', '));
    if ((await stateOf(control, id)) === 'Paused') assert.equal((await post(control, id, 'resume')).status, 202);
    assert.equal((await (await control.agent(id)).run('echo alive')).stdout, 'alive');
  },
);

engineTest('an engine that hangs in a pause: the caller is told in time, the state is settled later', async (t) => {
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': engine.socket, 'docker.api_timeout_seconds': '5' });
  const { id } = await control.create();
  engine.stall(/\/pause/);
  await refused(await post(control, id, 'pause'), 'ENGINE_TIMEOUT');
  await until(async () => (await stateOf(control, id)) === 'Running', 'it is known that nothing was done');
  engine.resume();
  assert.equal((await post(control, id, 'pause')).status, 202);
  engine.stall(/\/unpause/);
  await refused(await post(control, id, 'resume'), 'ENGINE_TIMEOUT');
  await until(async () => (await stateOf(control, id)) === 'Paused', 'it is known that nothing was done');
  engine.resume();
  assert.equal((await post(control, id, 'resume')).status, 202);
  assert.equal((await (await control.agent(id)).run('echo back')).stdout, 'back');

  await t.test('and one that is deleted meanwhile is gone when the engine is back', async () => {
    engine.stall(/\/pause/);
    const pausing = post(control, id, 'pause');
    await until(async () => (await stateOf(control, id)) === 'Pausing', 'it is being paused');
    const deleting = control.delete(id);
    await refused(await pausing, 'ENGINE_TIMEOUT');
    assert.equal((await deleting).status, 204);
    assert.deepEqual(await containersOf(lives.store), []);
    engine.resume();
  });
});
