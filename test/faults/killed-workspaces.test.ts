import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import type { Workspace } from '../../shared/api/workspaces.ts';
import { containersOf } from '../support/containers.ts';
import type { ControlClient } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { withSeed } from '../support/random.ts';
import { until } from '../support/until.ts';
import { ensure, ensuredIn, sending, workspacePath } from '../support/workspaces.ts';

const keys = ['app:1', 'app:2', 'other:1'];
const kills = 6;
/** None is killed any more then: on a machine that has much else to do fewer have to do. */
const enoughMs = 150_000;

engineTest(
  'control killed with -9 in the middle of PUTs, resets and wakes leaves each key its one sandbox, and nothing else',
  (t) => withSeed(t, (random) => rampage(t, random)),
  { timeout: 290_000 },
);

async function rampage(t: TestContext, random: () => number): Promise<void> {
  const lives = controlLives(t);
  let control = await lives.spawn();
  const started = performance.now();
  await ensure(control, 'app:1');
  const usual = performance.now() - started;
  for (let kill = 1; kill <= kills && performance.now() - started < enoughMs; kill += 1) {
    // What was answered last of a key, where nothing else was asked for it.
    const told = new Map<string, string>();
    const calls = keys.flatMap((key) => {
      const resets = random() < 0.4;
      const settles = (sandbox: Sandbox) => {
        if (!resets) told.set(key, sandbox.id);
      };
      const puts = Array.from({ length: 4 }, () => ensure(control, key).then(({ sandbox }) => settles(sandbox)));
      const more = resets ? [reset(control, key), pause(control, key)] : [];
      return [...puts, ...more].map((call) => call.catch(unlessCut));
    });
    await Promise.race([Promise.all(calls), delay(random() * 1.5 * usual * keys.length)]);
    await control.kill();
    await Promise.all(calls);
    control = await lives.spawn();
    for (const [key, id] of told) {
      const { sandbox, created } = await ensure(control, key);
      assert.deepEqual([sandbox.id, created], [id, false], 'what a caller was told of is there');
    }
  }
  const last = await Promise.all([...keys, ...keys].map((key) => ensure(control, key)));
  const ids = [...new Set(last.map(({ sandbox }) => sandbox.id))].sort();
  assert.equal(ids.length, keys.length);
  await until(
    async () => (await containersOf(lives.store)).join() === ids.join() && (await live(control)).join() === ids.join(),
    'there is one sandbox for each key and no other',
    60_000,
  );
  for (const { sandbox } of last)
    assert.equal((await (await control.agent(sandbox.id)).run('echo alive')).stdout, 'alive');
}

async function reset(control: ControlClient, key: string): Promise<void> {
  const response = await control.fetch(workspacePath(key, '/reset'), sending('POST'));
  if (response.status !== 404) await ensuredIn(response);
}

/** So that the next PUT wakes it. It may be none yet, or another by now. */
async function pause(control: ControlClient, key: string): Promise<void> {
  await (await control.fetch(workspacePath(key, '/pause'), { method: 'POST' })).text();
}

/** Broken off, as it should be; anything else is an answer, and there should be none but the right one. */
function unlessCut(error: Error): void {
  assert.match(error.message, /fetch failed|terminated/);
}

async function live(control: ControlClient): Promise<string[]> {
  const states = ['Pending', 'Running', 'Pausing', 'Paused', 'Resuming', 'Stopping'];
  const query = states.map((state) => `state=${state}`).join('&');
  const list = (await (await control.fetch(`/v1/sandboxes?pageSize=200&${query}`)).json()) as { items: Sandbox[] };
  return list.items.map(({ id }) => id).sort();
}

engineTest(
  'control that is ended in the middle of PUTs ends well, and the next one makes what is missing',
  async (t) => {
    const lives = controlLives(t);
    for (const wait of [20, 200, 1000]) {
      const control = await lives.spawn();
      const calls = keys.map((key) => ensure(control, key).catch(() => undefined));
      const gone = keys.map((key) => ensureBriefly(control, `gone:${key.replace(':', '-')}`, wait));
      await delay(wait);
      const end = await control.stop();
      assert.deepEqual(end, { code: 0, signal: null });
      await Promise.all([...calls, ...gone]);
    }
    const control = await lives.spawn();
    const last = await Promise.all(keys.map((key) => ensure(control, key)));
    const { items } = (await (await control.fetch('/v1/workspaces')).json()) as { items: Workspace[] };
    const running = items.flatMap(({ sandbox }) => (sandbox?.status.state === 'Running' ? [sandbox.id] : [])).sort();
    await until(async () => (await containersOf(lives.store)).join() === running.join(), 'each has one');
    for (const { sandbox } of last) assert.ok(running.includes(sandbox.id));
  },
);

/** PUT by a client that doesn't wait for what comes of it. */
async function ensureBriefly(control: ControlClient, key: string, ms: number): Promise<void> {
  const init = { ...sending('PUT'), signal: AbortSignal.timeout(ms / 2) };
  await control.fetch(workspacePath(key), init).catch(() => undefined);
}
