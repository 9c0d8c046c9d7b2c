import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { containerOf } from '../support/containers.ts';
import type { ControlClient } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { withSeed } from '../support/random.ts';
import { until } from '../support/until.ts';

/** More for whoever has the time: TEST_SLEEPER_KILLS=200. */
const kills = Number(process.env.TEST_SLEEPER_KILLS ?? 5);
/** No further kill is begun after this, however few there were. */
const longestMs = process.env.TEST_SLEEPER_KILLS === undefined ? 30_000 : Number.POSITIVE_INFINITY;

engineTest(
  'control killed with -9 while sandboxes fall asleep and are woken leaves nothing untrue, and no file is lost',
  (t) => withSeed(t, (random) => rampage(t, random)),
  { timeout: Math.max(290_000, kills * 20_000) },
);

async function rampage(t: TestContext, random: () => number): Promise<void> {
  const lives = controlLives(t);
  let control = await lives.spawn();
  // Longer than all the rounds.
  const timeout = 4 * 3600;
  const made = await Promise.all([
    control.create({ timeout, idle: { freezeAfterSeconds: 1 } }),
    control.create({ timeout, idle: { stopAfterSeconds: 1 } }),
    control.create({ timeout, idle: { freezeAfterSeconds: 1, stopAfterSeconds: 2 } }),
  ]);
  const ids = made.map(({ id }) => id);
  for (const id of ids) assert.equal((await (await control.agent(id)).run('echo kept > /kept')).exitCode, 0);
  const found = new Map<string, number>();
  const begun = performance.now();
  let killed = 0;
  for (; killed < kills && performance.now() - begun < longestMs; killed += 1) {
    // Asleep, awake, or on the way from one to the other, and some of them just being touched.
    const touches = ids.filter(() => random() < 0.5).map(async (id) => (await control.agent(id)).fetch('/ping'));
    const touched = Promise.allSettled(touches);
    await delay(random() * (random() < 0.5 ? 300 : 2500));
    await control.kill();
    await touched;
    control = await lives.spawn();
    for (const id of ids) {
      const truth = await settled(control, lives.store, id);
      found.set(truth, (found.get(truth) ?? 0) + 1);
    }
    // Whatever it was in the middle of: it is there for whoever touches it, with its files.
    const [id = ''] = ids.toSorted(() => random() - 0.5);
    assert.equal((await (await control.agent(id)).run('cat /kept')).stdout, 'kept');
  }
  for (const id of ids) {
    assert.equal((await (await control.agent(id)).run('cat /kept')).stdout, 'kept');
    assert.equal((await control.delete(id)).status, 204);
  }
  t.diagnostic(`${killed} kills: ${[...found].map(([truth, count]) => `${count} × ${truth}`).join(', ')}`);
}

/** What a sandbox is said to be, once that is what its container is. */
async function settled(control: ControlClient, store: string, id: string): Promise<string> {
  let said = '';
  await until(async () => {
    const { status, tier } = await control.get(id);
    const { State } = await containerOf(store, id).inspect();
    const is = !State.Running ? 'stopped' : State.Paused ? 'frozen' : 'running';
    said = `${status.state} ${tier}`;
    assert.ok(['Running', 'Pausing', 'Paused', 'Resuming'].includes(status.state), `${said}: ${status.message}`);
    const isMeant = tier === 'running' ? status.state === 'Running' : status.state === 'Paused';
    return isMeant && tier === is;
  }, 'what is said of it is true').catch((error: Error) => {
    throw new Error(`${error.message}; it is said to be ${said}`);
  });
  return said;
}
