import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { containerOf } from '../support/containers.ts';
import { controlLives } from '../support/control-lives.ts';
import type { ControlProcess } from '../support/control-process.ts';
import { engineTest } from '../support/engine.ts';
import { leftovers } from '../support/leftovers.ts';
import { withSeed } from '../support/random.ts';
import { beginSnapshot, deleteSnapshot, listSnapshots, makeSnapshot, restore } from '../support/snapshots.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

const kills = 6;
/** None is killed any more then: on a machine that has much else to do fewer have to do. */
const enoughMs = 120_000;

engineTest('a sandbox that control froze for a snapshot and died goes on with the next control', async (t) => {
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const first = await lives.spawn({ 'docker.socket': engine.socket });
  const { id } = await first.create();
  engine.hold(/^POST \/commit/);
  const snapshot = await beginSnapshot(first, id);
  await until(() => engine.held > 0, 'the engine is to copy');
  await first.kill();
  assert.equal((await containerOf(lives.store, id).inspect()).State.Paused, true);
  const next = await lives.spawn();
  assert.equal((await next.get(id)).status.state, 'Running');
  assert.equal((await (await next.agent(id)).run('echo goes on')).stdout, 'goes on');
  const { items } = await listSnapshots(next);
  assert.deepEqual(
    items.map((item) => [item.id, item.status.state, item.status.reason]),
    [[snapshot.id, 'Failed', 'control_restarted']],
  );
  assert.equal((await next.get(id)).status.state, 'Running');
});

engineTest(
  'control killed with -9 in the middle of a snapshot leaves nothing untrue and nothing behind',
  (t) => withSeed(t, (random) => rampage(t, random)),
  { timeout: 290_000 },
);

async function rampage(t: TestContext, random: () => number): Promise<void> {
  const lives = controlLives(t);
  let control = await lives.spawn();
  const extensions = { 'cubby.profile': 'hardened' };
  const sandboxes = [await control.create(), await control.create({ extensions })];
  const durations = await Promise.all(sandboxes.map((sandbox) => durationOf(control, sandbox.id)));
  const outcomes = new Map<string, number>();
  const begun = performance.now();
  for (let kill = 0; kill < kills && performance.now() - begun < enoughMs; kill += 1) {
    const sandbox = sandboxes[kill % 2]!;
    await (await control.agent(sandbox.id)).run(`echo ${kill} >/workspace/kill 2>/dev/null || echo ${kill} >/kill`);
    const { id } = await beginSnapshot(control, sandbox.id);
    await delay(random() * durations[kill % 2]! * 0.8);
    await control.kill();
    control = await lives.spawn();
    const { items } = await listSnapshots(control);
    const snapshot = items.find((item) => item.id === id);
    const outcome = `${snapshot?.status.state} ${snapshot?.status.reason}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (snapshot?.status.state === 'Ready') {
      const profile = kill % 2 === 0 ? {} : { extensions };
      const restored = await restore(control, id, profile);
      const { stdout } = await (await control.agent(restored.id)).run('cat /workspace/kill 2>/dev/null || cat /kill');
      assert.equal(stdout, String(kill));
      assert.equal((await control.delete(restored.id)).status, 204);
    } else {
      assert.equal(outcome, 'Failed control_restarted');
    }
    assert.equal((await (await control.agent(sandbox.id)).run('echo goes on')).stdout, 'goes on');
    assert.equal((await control.get(sandbox.id)).status.state, 'Running');
    assert.equal((await deleteSnapshot(control, id)).status, 204);
  }
  t.diagnostic([...outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(', '));
  // What the engine finished after its control had died comes to light a little later.
  for (const { id } of sandboxes) assert.equal((await control.delete(id)).status, 204);
  const left = async () => (await leftovers(lives.store)).filter((name) => !name.startsWith('network'));
  await until(async () => (await left()).length === 0, 'all drafts are gone', 150_000);
}

/** How long a snapshot takes here, in ms. */
async function durationOf(control: ControlProcess, sandboxId: string): Promise<number> {
  const started = performance.now();
  const { id } = await makeSnapshot(control, sandboxId);
  const duration = performance.now() - started;
  assert.equal((await deleteSnapshot(control, id)).status, 204);
  return duration;
}
