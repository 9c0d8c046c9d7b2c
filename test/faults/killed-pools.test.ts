import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { containersOf } from '../support/containers.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { poolNumbers } from '../support/pools.ts';
import { withSeed } from '../support/random.ts';
import { putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';

/** TEST_ROUNDS: so many, however long they take. */
const asked = Number(process.env.TEST_ROUNDS ?? 0);
const rounds = asked || 5;
/** On a machine that has much else to do there are fewer. */
const enoughMs = asked ? Number.POSITIVE_INFINITY : 45_000;
const callers = 3;
const quiet = { 'network.enabled': 'false' };

engineTest(
  'control killed with -9 while pools fill and while sandboxes are claimed leaves nobody in another’s sandbox, and nothing else',
  (t) => withSeed(t, (random) => rampage(t, random)),
  { timeout: 280_000 + asked * 20_000 },
);

async function rampage(t: TestContext, random: () => number): Promise<void> {
  const lives = controlLives(t);
  let control = await lives.spawn(quiet);
  await putTemplate(control, 'small', { pool: { min: 2, max: 3 } });
  const isFilled = async () => (await poolNumbers(control, 'small')).ready > 0;
  await until(isFilled, 'one stands by');
  // Who was told of which sandbox.
  const owners = new Map<string, string>();
  const begun = performance.now();
  for (let round = 1; round <= rounds && performance.now() - begun < enoughMs; round += 1) {
    const calls = Array.from({ length: callers }, async (_, caller) => {
      const mark = `${round}-${caller}`;
      const { id } = await control.create({ env: { MARK: mark }, metadata: { mark } });
      assert.ok(!owners.has(id), 'nobody was told of it before');
      owners.set(id, mark);
    }).map((call) => call.catch(unlessCut));
    await Promise.race([Promise.all(calls), delay(random() * 2000)]);
    await control.kill();
    await Promise.all(calls);
    control = await lives.spawn(quiet);
    for (const [id, mark] of owners) {
      const agent = await control.agent(id);
      assert.equal((await agent.run('echo "$MARK"')).stdout, mark, 'what a caller was told of is there, and is theirs');
      assert.deepEqual((await control.get(id)).metadata, { mark });
      // Else there would be more with each round.
      if (random() < 0.7) {
        owners.delete(id);
        assert.equal((await control.delete(id)).status, 204);
      }
    }
  }
  await control.fetch('/v1/templates/small', { method: 'DELETE' });
  const ids = [...owners.keys()].sort();
  await until(
    async () => (await containersOf(lives.store)).join() === ids.join(),
    'there are the sandboxes that callers were told of, and no other container',
    120_000,
  );
}

/** Broken off, as it should be; anything else is an answer, and there should be none but the right one. */
function unlessCut(error: Error): void {
  assert.match(error.message, /fetch failed|terminated/);
}
