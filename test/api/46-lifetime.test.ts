import assert from 'node:assert/strict';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { withStore } from '../support/rows.ts';
import { until } from '../support/until.ts';

engineTest('a sandbox ends when it has lived for as long as it may, whatever renewals say, asleep too', async (t) => {
  const lives = controlLives(t);
  const settings = { 'sandbox.max_lifetime_seconds': '7200' };
  const first = await lives.open(settings);
  const endsAfter = ({ createdAt, expiresAt }: { createdAt: string; expiresAt?: string | undefined }) =>
    (Date.parse(expiresAt ?? '') - Date.parse(createdAt)) / 1000;

  const asked = await first.create({ timeout: 600, maxLifetimeSeconds: 3600 });
  const usual = await first.create({ timeout: null, idle: { freezeAfterSeconds: 1 } });
  const greedy = await first.create({ timeout: null, maxLifetimeSeconds: 100_000 });
  assert.deepEqual([asked, usual, greedy].map(endsAfter), [600, 7200, 7200]);

  const renew = async (id: string, seconds: number) => {
    const expiresAt = new Date(Date.now() + seconds * 1000).toISOString();
    const response = await first.post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt });
    assert.equal(response.status, 200);
    return (await response.json()) as { expiresAt: string };
  };
  assert.equal(endsAfter({ ...asked, ...(await renew(asked.id, 86_400)) }), 3600, 'no later than it may live');
  assert.ok(endsAfter({ ...asked, ...(await renew(asked.id, 1200)) }) < 3600, 'any earlier time is as good as ever');

  const tooShort = await first.post('/v1/sandboxes', createRequest({ maxLifetimeSeconds: 59 }));
  await refused(tooShort, 'INVALID_REQUEST_BODY', 'maxLifetimeSeconds');

  await until(async () => (await first.get(usual.id)).tier === 'frozen', 'it is frozen');
  await first.control.close();
  const livesUntil = Date.now() + 1000;
  for (const { id } of [usual, greedy]) {
    withStore(lives.state, (store) =>
      store.update(id, ['Running', 'Paused'], { livesUntil, expiresAt: livesUntil, dueAt: livesUntil }),
    );
  }
  const second = await lives.open(settings);
  for (const { id } of [usual, greedy]) {
    await until(async () => (await second.get(id)).status.state === 'Terminated', 'it has ended');
    assert.equal((await second.get(id)).status.reason, 'max_lifetime');
  }
  assert.equal((await second.get(asked.id)).status.state, 'Running');
});
