import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { findVolume, removeVolume, volumeName } from '../support/engine-volumes.ts';
import { randomFrom } from '../support/random.ts';
import { refused } from '../support/refused.ts';
import { withStore } from '../support/rows.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

const rounds = 6;
/** No further round is begun then: on a machine that has much else to do fewer have to do. */
const enoughMs = 120_000;

/** A volume that is to go with its sandbox, or to stay. */
const volume = (claimName: string, deleteOnSandboxTermination = true) => ({
  name: claimName,
  pvc: { claimName, deleteOnSandboxTermination },
  mountPath: `/${claimName}`,
});

engineTest('a volume that is to go with its sandbox goes, whatever ends the sandbox', async (t) => {
  const [own, kept] = [volumeName(t), volumeName(t)];
  const volumes = [volume(own), volume(kept, false)];
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  t.after(async () => assert.equal(await findVolume(own), undefined));
  let control = await lives.open({ 'docker.socket': engine.socket, 'docker.api_timeout_seconds': '5' });
  const gone = async () => (await findVolume(own)) === undefined;

  await t.test('its time, while control is away', async () => {
    const { id } = await control.create({ volumes });
    assert.ok((await findVolume(own)) && (await findVolume(kept)));
    await control.control.close();
    const past = Date.now() - 1;
    withStore(lives.state, (store) => store.update(id, ['Running'], { dueAt: past, expiresAt: past }));
    control = await lives.open({ 'docker.socket': engine.socket, 'docker.api_timeout_seconds': '5' });
    await until(gone, 'it went with the sandbox');
    await until(async () => (await control.get(id)).status.state === 'Terminated', 'its time is up');
  });

  await t.test('its entrypoint', async () => {
    const entrypoint = ['/bin/sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done'];
    const { id } = await control.create({ volumes, entrypoint });
    assert.ok(await findVolume(own));
    // The sandbox may have ended before it can answer.
    await (await control.agent(id)).background('touch /go').catch(() => undefined);
    await until(gone, 'it went with the sandbox');
    await until(async () => (await control.get(id)).status.state === 'Terminated', 'it has ended');
  });

  await t.test('a start that fails, before the container or after', async () => {
    const nowhere = { name: 'v', pvc: { claimName: 'test-nowhere', createIfNotExists: false }, mountPath: '/v' };
    const early = await control.post('/v1/sandboxes', createRequest({ volumes: [...volumes, nowhere] }));
    await refused(early, 'VOLUME::PVC_NOT_FOUND', 'volumes.2.pvc.claimName');
    assert.ok(await gone());
    const late = await control.post('/v1/sandboxes', createRequest({ volumes, entrypoint: ['/nowhere'] }));
    assert.equal(late.status, 500);
    assert.ok(await gone());
  });

  await t.test('a deletion during which the engine hangs', async () => {
    const { id } = await control.create({ volumes });
    engine.stall(/^DELETE \/volumes/);
    await refused(await control.delete(id), 'ENGINE_TIMEOUT');
    assert.equal((await control.get(id)).status.state, 'Stopping');
    assert.ok(await findVolume(own));
    engine.resume();
    await until(gone, 'it went with the sandbox');
    await until(async () => (await control.fetch(`/v1/sandboxes/${id}`)).status === 404, 'the sandbox is gone');
  });

  await t.test('two that share it and end at the same time', async () => {
    const [maker, other] = [await control.create({ volumes }), await control.create({ volumes })];
    const answers = await Promise.all([control.delete(maker.id), control.delete(other.id)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204],
    );
    assert.ok(await gone());
  });

  await t.test('and one that isn’t to go is still there after all that', async () => {
    assert.ok(await findVolume(kept));
    await control.control.close();
  });
});

engineTest(
  'control killed with -9 at any moment keeps to what is to become of a volume',
  async (t) => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const lives = controlLives(t);
    let control = await lives.spawn();
    const started = performance.now();
    const first = await control.create({ volumes: [volume(volumeName(t))] });
    const longest = performance.now() - started;
    assert.equal((await control.delete(first.id)).status, 204);

    for (let round = 0; round < rounds && performance.now() - started < enoughMs; round += 1) {
      const [own, kept] = [volumeName(t), volumeName(t)];
      const create = control.create({ volumes: [volume(own), volume(kept, false)] });
      const answer = create.catch(() => undefined);
      // In the middle of the create, or of the delete that follows it.
      const sandbox = round % 2 === 0 ? undefined : await answer;
      const removal = sandbox && control.delete(sandbox.id).catch(() => undefined);
      await Promise.race([answer.then(() => removal), delay(random() * longest * (sandbox ? 0.5 : 1.2))]);
      await control.kill();
      control = await lives.spawn();
      const made = (await answer) ?? sandbox;
      if (made && (await control.fetch(`/v1/sandboxes/${made.id}`)).status === 200) await endOf(control, made.id);
      await until(async () => (await findVolume(own)) === undefined, `it went with its sandbox (seed ${seed})`);
      await until(async () => (await running(control)) === 0, 'nothing runs');
      if (made) assert.ok(await findVolume(kept), `what is to stay is there (seed ${seed})`);
      await removeVolume(kept);
    }
  },
  { timeout: 290_000 },
);

type Client = Awaited<ReturnType<ReturnType<typeof controlLives>['spawn']>>;

async function endOf(control: Client, id: string): Promise<void> {
  const { status } = await control.delete(id);
  assert.ok(status === 204 || status === 404);
}

async function running(control: Client): Promise<number> {
  const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: { status: { state: string } }[] };
  return items.filter(({ status }) => ['Running', 'Pending', 'Stopping'].includes(status.state)).length;
}
