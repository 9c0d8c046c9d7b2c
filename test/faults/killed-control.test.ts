import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { containersOf, volumesOf } from '../support/containers.ts';
import type { ControlClient } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import type { ControlProcess } from '../support/control-process.ts';
import { engineTest } from '../support/engine.ts';
import { withSeed } from '../support/random.ts';
import { until } from '../support/until.ts';

const rounds = 5;
/** No further round is begun then: on a machine that has much else to do fewer have to do. */
const enoughMs = 150_000;
/** Kills of one round: the next control is killed in its turn while it puts right what the one before it left. */
const kills = 4;

engineTest(
  'control killed with -9 in the middle of a create leaves nothing untrue and nothing behind',
  (t) => withSeed(t, (random) => rampage(t, random)),
  { timeout: 290_000 },
);

async function rampage(t: TestContext, random: () => number): Promise<void> {
  const lives = controlLives(t);
  let control = await lives.spawn();
  let usual = await durationOfCreate(control);
  const ends = new Map<string, number>();
  const begun = performance.now();
  for (let round = 1; round <= rounds && performance.now() - begun < enoughMs; round += 1) {
    const promised: string[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const started = performance.now();
      const sandbox = await createAndKill(control, random, 1.1 * usual);
      if (sandbox) {
        promised.push(sandbox.id);
        usual = Math.min(usual, performance.now() - started);
      }
      control = await lives.spawn();
    }
    const sandboxes = await settled(control, lives.store);
    for (const { id, status } of sandboxes) {
      const end = `${status.state} ${status.reason}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (promised.includes(id)) assert.equal(end, 'Running container_running', 'a caller was told that it runs');
      if (status.state === 'Running') assert.equal((await (await control.agent(id)).run('echo alive')).stdout, 'alive');
      else assert.equal(end, 'Failed control_restarted');
    }
    const known = sandboxes.map(({ id }) => id);
    assert.deepEqual(
      promised.filter((id) => !known.includes(id)),
      [],
      'none that was answered for is forgotten',
    );
    for (const id of known) assert.equal((await control.delete(id)).status, 204);
  }
  t.diagnostic([...ends].map(([end, count]) => `${count} × ${end}`).join(', '));
}

/** Kills a control at some moment of a create; the sandbox where its caller was told of one. */
async function createAndKill(control: ControlProcess, random: () => number, longest: number) {
  const hardened = random() < 0.5 ? { extensions: { 'cubby.profile': 'hardened' } } : {};
  const moment = random() * longest;
  const answer = control.create(hardened).catch((error: Error) => {
    // Broken off, as it should be; anything else is an answer, and there should be none but the right one.
    assert.match(error.message, /fetch failed|terminated/);
    return undefined;
  });
  await Promise.race([answer, delay(moment)]);
  await control.kill();
  return await answer;
}

/** The sandboxes when control has put everything right: those that run have a container, and nothing else has anything. */
async function settled(control: ControlClient, store: string): Promise<Sandbox[]> {
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
  await until(isSettled, 'all is as the database says').catch((error: Error) => {
    throw new Error(`${error.message}; ${said}`);
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
