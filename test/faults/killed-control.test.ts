import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { containersOf, volumesOf } from '../support/containers.ts';
import { type ControlClient, createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { randomFrom } from '../support/random.ts';
import { until } from '../support/until.ts';

const rounds = 20;

engineTest('control killed with -9 in the middle of a create leaves nothing untrue and nothing behind', async (t) => {
  const seed = Number(process.env.CUBBY_SEED ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  t.diagnostic(`CUBBY_SEED=${seed}`);
  try {
    await rampage(t, random);
  } catch (error) {
    throw new Error(`with CUBBY_SEED=${seed}: ${(error as Error).message}`, { cause: error });
  }
});

async function rampage(t: TestContext, random: () => number): Promise<void> {
  const lives = controlLives(t);
  let control = await lives.spawn();
  let usual = await durationOfCreate(control);
  const ends = new Map<string, number>();
  for (let round = 1; round <= rounds; round += 1) {
    const killed = control;
    const hardened = random() < 0.5 ? { extensions: { 'cubby.profile': 'hardened' } } : {};
    const started = performance.now();
    const answer = killed.post('/v1/sandboxes', createRequest(hardened)).then(
      (response) => response.status,
      () => undefined,
    );
    await Promise.race([answer, delay(random() * 1.1 * usual)]);
    await killed.kill();
    const status = await answer;
    if (status !== undefined) {
      assert.equal(status, 202, `round ${round}`);
      usual = Math.min(usual, performance.now() - started);
    }
    control = await lives.spawn();
    const [sandbox] = await settled(control, lives.store, round);
    const end = sandbox ? `${sandbox.status.state} ${sandbox.status.reason}` : 'never begun';
    ends.set(end, (ends.get(end) ?? 0) + 1);
    if (status === 202)
      assert.equal(end, 'Running container_running', `round ${round}: a caller was told that it runs`);
    if (!sandbox) continue;
    if (sandbox.status.state === 'Running') {
      assert.equal((await (await control.agent(sandbox.id)).run('echo alive')).stdout, 'alive', `round ${round}`);
    } else assert.equal(end, 'Failed control_restarted', `round ${round}`);
    assert.equal((await control.delete(sandbox.id)).status, 204);
  }
  t.diagnostic([...ends].map(([end, count]) => `${count} × ${end}`).join(', '));
}

/** The sandboxes when control has put everything right: those that run have a container, and nothing else has anything. */
async function settled(control: ControlClient, store: string, round: number): Promise<Sandbox[]> {
  let items: Sandbox[] = [];
  let said = '';
  const isSettled = async () => {
    ({ items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: Sandbox[] });
    const running = items.filter(({ status }) => status.state === 'Running').map(({ id }) => id);
    const containers = await containersOf(store);
    const volumes = await volumesOf(store);
    const states = items.map(({ status }) => status.state);
    said = `states ${states}, ${containers.length} containers, ${volumes} volumes`;
    const under = states.some((state) => state === 'Pending' || state === 'Stopping');
    return (
      !under &&
      containers.join() === running.sort().join() &&
      volumes >= running.length &&
      volumes <= 2 * running.length
    );
  };
  await until(isSettled, 'all is as the database says', 20_000).catch((error: Error) => {
    throw new Error(`round ${round}: ${error.message}; ${said}`);
  });
  return items;
}

async function durationOfCreate(control: ControlClient): Promise<number> {
  const started = performance.now();
  const { id } = await control.create();
  const duration = performance.now() - started;
  assert.equal((await control.delete(id)).status, 204);
  return duration;
}
