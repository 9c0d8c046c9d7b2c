import assert from 'node:assert/strict';
import { succeed } from '../control/runtimes/docker/lab.ts';
import { containerOf, containersOf, initPid, pauseByHand, pidOf, volumesOf } from '../support/containers.ts';
import type { TestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

async function stateOf(control: TestControl, id: string): Promise<string> {
  const { status } = await control.get(id);
  return `${status.state} ${status.reason}`;
}

engineTest('what somebody else does to a sandbox’s container is noticed, and the truth is told', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { store } = lives;

  await t.test('removed: Failed', async () => {
    const { id } = await control.create();
    await containerOf(store, id).remove({ force: true, v: true });
    await until(async () => (await stateOf(control, id)) === 'Failed container_removed', 'it is told of as failed');
    assert.deepEqual(await containersOf(store), []);
    assert.equal((await control.delete(id)).status, 204);
  });

  for (const [what, harm] of [
    ['stopped', (id: string) => containerOf(store, id).stop({ t: 0 })],
    ['restarted', (id: string) => containerOf(store, id).restart({ t: 0 })],
    ['its first process killed', async (id: string) => process.kill(await initPid(store, id), 'SIGKILL')],
  ] as const) {
    await t.test(`${what}: it is stopped, and there again with its disk at the next touch`, async () => {
      const { id } = await control.create();
      const agent = await control.agent(id);
      assert.equal((await agent.run('echo kept > /kept')).exitCode, 0);
      // Control may stop it again before the engine comes to the second half.
      await Promise.resolve(harm(id)).catch(() => undefined);
      await until(async () => (await stateOf(control, id)) === 'Paused container_stopped', 'it is told of as stopped');
      await until(async () => !(await containerOf(store, id).inspect()).State.Running, 'nothing of it runs');
      assert.equal((await control.get(id)).tier, 'stopped');
      assert.equal((await agent.run('cat /kept')).stdout, 'kept');
      assert.equal(await stateOf(control, id), 'Running container_running');
      assert.equal((await control.delete(id)).status, 204);
    });
  }

  await t.test('its program killed: it has ended, for good', async () => {
    const { id } = await control.create();
    process.kill(await pidOf(store, id, /sleep 100000/), 'SIGKILL');
    await until(async () => (await stateOf(control, id)) === 'Failed entrypoint_failed', 'it is told of as failed');
    assert.deepEqual(await containersOf(store), []);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('in the middle of a create: the create fails, and nothing is left', async () => {
    const creating = control.post('/v1/sandboxes', {
      image: { uri: 'cubby/busybox:test' },
      entrypoint: ['sleep', '9'],
    });
    const remove = async (id: string) => await containerOf(store, id).remove({ force: true, v: true });
    await until(async () => {
      const [id] = await containersOf(store);
      // The engine lists one before it can be named.
      return (
        id !== undefined &&
        (await remove(id).then(
          () => true,
          () => false,
        ))
      );
    }, 'there is a container to be removed');
    await refused(await creating, 'DOCKER::SANDBOX_START_FAILED');
    assert.deepEqual([await containersOf(store), await volumesOf(store)], [[], 0]);
  });
});

engineTest('what happened to a sandbox while control was down is found out when it is back', async (t) => {
  const lives = controlLives(t);
  const { store } = lives;
  const first = await lives.open();
  const untilGo = ['/bin/sh', '-c', 'until [ -e /go ]; do sleep 0.02; done; exit 3'];
  const made = await Promise.all(Array.from({ length: 6 }, () => first.create({ entrypoint: untilGo })));
  const [removed, stopped, restarted, paused, ended, well] = made.map(({ id }) => id) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await first.control.close();
  await Promise.all([
    containerOf(store, removed).remove({ force: true, v: true }),
    containerOf(store, stopped).stop({ t: 0 }),
    containerOf(store, restarted).restart({ t: 0 }),
    pauseByHand(containerOf(store, paused)),
    succeed('docker', ['exec', `cubby-${store.slice(0, 8)}-${ended}`, 'touch', '/go']),
  ]);
  await containerOf(store, ended).wait();

  const second = await lives.open();
  const states = async () => Promise.all(made.map(({ id }) => stateOf(second, id)));
  const expected = [
    'Failed container_removed',
    'Paused container_stopped',
    'Paused container_stopped',
    'Paused container_paused',
    'Failed entrypoint_failed',
    'Running container_running',
  ];
  await until(async () => (await states()).join() === expected.join(), 'every one is told of truly').catch(async () => {
    assert.deepEqual(await states(), expected);
  });
  assert.deepEqual(await containersOf(store), [stopped, restarted, paused, well].sort());
  for (const id of [stopped, restarted]) assert.equal((await second.delete(id)).status, 204);
  assert.equal((await (await second.agent(well)).run('echo well')).stdout, 'well');

  await t.test('a paused one can’t be entered, can be renewed, and goes on when it is let', async () => {
    const agent = await second.agent(paused);
    const { message } = await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.match(message, /is Paused/);
    const expiresAt = new Date(Date.now() + 7_200_000).toISOString();
    assert.equal((await second.post(`/v1/sandboxes/${paused}/renew-expiration`, { expiresAt })).status, 200);
    await second.control.close();
    await containerOf(store, paused).unpause();
    const third = await lives.open();
    await until(async () => (await stateOf(third, paused)) === 'Running container_running', 'it runs again');
    assert.equal((await (await third.agent(paused)).run('echo here')).stdout, 'here');
    await third.control.close();
  });

  await t.test('a paused one is deleted as any other', async () => {
    await pauseByHand(containerOf(store, paused));
    const fourth = await lives.open();
    assert.equal((await fourth.delete(paused)).status, 204);
    assert.deepEqual(await containersOf(store), [well]);
  });
});
