import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { listing } from '../../control/cli/recovered.ts';
import { loadConfig } from '../../control/config/load.ts';
import { realSurroundings } from '../../control/config/surroundings.ts';
import { findStores, removeStore } from '../../control/recover.ts';
import { containerOf, containersOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { leftovers } from '../support/leftovers.ts';
import { poolNumbers, untilReady } from '../support/pools.ts';
import { putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';

const quiet = { 'network.enabled': 'false' };

engineTest(
  'whoever stood by and has died, hangs or was started again is given to nobody, and another takes its place',
  async (t) => {
    const control = await startTestControl(t, quiet);
    await putTemplate(control, 'small', { pool: { min: 2, max: 2 } });
    for (const harm of ['kill', 'pause', 'restart'] as const) {
      await untilReady(control, 'small', 2);
      const members = await containersOf(control.store);
      // At the same time as they are asked for: the engine's word on it may come before the claim, in the middle of it, or after it.
      const harmed = members.map((id) => harmContainer(control.store, id, harm));
      const { id } = await control.create({ env: { MINE: harm } });
      await Promise.all(harmed);
      if (!members.includes(id)) assert.equal((await (await control.agent(id)).run('echo "$MINE"')).stdout, harm);
      // One that was handed over before the harm was done is a sandbox that was harmed.
      await control.delete(id);
      await until(async () => {
        const now = await containersOf(control.store);
        return members.every((member) => !now.includes(member));
      }, `none of those that were harmed by ${harm} is left`);
    }
  },
  { timeout: 290_000 },
);

engineTest(
  'whoever died before anybody asked is given to nobody, though nobody has noticed',
  async (t) => {
    const control = await startTestControl(t, quiet);
    await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
    for (const harm of ['kill', 'pause', 'restart'] as const) {
      await untilReady(control, 'small', 1);
      const [member] = await containersOf(control.store);
      await harmContainer(control.store, member!, harm);
      const { id } = await control.create({ env: { MINE: harm } });
      assert.notEqual(id, member);
      assert.equal((await (await control.agent(id)).run('echo "$MINE"')).stdout, harm);
      await control.delete(id);
    }
    await untilReady(control, 'small', 1);
    assert.ok((await poolNumbers(control, 'small')).deaths >= 3);
  },
  { timeout: 290_000 },
);

engineTest(
  'what stood by for a database that is lost is given to nobody, is told from what stands by now, and can be removed',
  async (t) => {
    const lives = controlLives(t);
    const first = await lives.open(quiet);
    await putTemplate(first, 'small', { pool: { min: 2, max: 2 } });
    await untilReady(first, 'small', 2);
    const claimed = await first.create({ env: { SECRET: 'the first' } });
    await untilReady(first, 'small', 2);
    const before = await containersOf(lives.store);
    assert.equal(before.length, 3);
    await first.control.close();
    for (const name of ['cubby.db', 'cubby.db-wal', 'cubby.db-shm']) rmSync(`${lives.state}/${name}`, { force: true });

    const second = await startTestControl(t, quiet);
    await putTemplate(second, 'small', { pool: { min: 1, max: 1 } });
    await untilReady(second, 'small', 1);
    for (let made = 0; made < 2; made += 1) {
      const { id } = await second.create({ env: { SECRET: 'the second' } });
      assert.ok(!before.includes(id));
      assert.equal((await (await second.agent(id)).run('echo "$SECRET"')).stdout, 'the second');
    }
    assert.deepEqual(await containersOf(lives.store), before, 'nobody touches what another database has made');

    const { config } = loadConfig(['--set', `store.path=${lives.state}`], realSurroundings());
    const found = (await findStores(config)).find(({ id }) => id === lives.store);
    assert.deepEqual(
      found?.sandboxes.map(({ id, pool, claimed }) => [id, pool, claimed]).sort(),
      before.map((id) => [id, 'small', id === claimed.id]),
    );
    const frozen = before.find((id) => id !== claimed.id)!;
    await containerOf(lives.store, frozen).pause();
    const lines = listing(await findStores(config)).split('\n');
    const from = lines.findIndex((line) => line.startsWith(`store ${lives.store}`));
    const counts =
      '1 sandboxes, 1 of pools that don’t say whether they were given to somebody, 1 that stood by, 0 snapshots';
    assert.equal(lines[from]!.slice(`store ${lives.store}`.length), `: ${counts}`);
    const [given, unknown, stood] = lines.slice(from + 1);
    assert.match(given!, new RegExp(`^  ${claimed.id}  running .*\\(given to somebody by the pool small\\)$`));
    assert.match(unknown!, new RegExp(`^  ${frozen}  paused .*\\(started for the pool small\\)$`));
    assert.match(stood!, /\(stood by for the pool small\)$/);
    assert.equal((await removeStore(config, lives.store)).sandboxes, 3);
    assert.deepEqual(await leftovers(lives.store), []);
  },
  { timeout: 290_000 },
);

async function harmContainer(store: string, id: string, harm: 'kill' | 'pause' | 'restart'): Promise<void> {
  const container = containerOf(store, id);
  if (harm === 'kill') await container.kill().catch(unlessGone);
  else if (harm === 'pause') await container.pause().catch(unlessGone);
  else await container.restart({ t: 0 }).catch(unlessGone);
}

/** Control may have noticed, and removed it. */
function unlessGone(error: { statusCode?: number }): void {
  assert.ok([404, 409, 500].includes(error.statusCode ?? 0), String(error));
}
