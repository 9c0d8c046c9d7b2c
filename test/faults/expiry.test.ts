import assert from 'node:assert/strict';
import { containersOf } from '../support/containers.ts';
import type { TestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { withStore } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { untimed } from '../support/untimed.ts';

engineTest('a sandbox ends when its time is up, whatever became of control in the meantime', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const [short, renewed, endless] = await Promise.all([
    first.create({ timeout: 600, entrypoint: ['/bin/sh', '-c', 'echo its last words; exec sleep 1000'] }),
    first.create({ timeout: 600 }),
    first.create({ timeout: null }),
  ]);
  const wordsOf = async (control: TestControl) =>
    await (await control.fetch(`/v1/sandboxes/${short.id}/diagnostics/logs`)).text();
  const later = new Date(Date.now() + 3_600_000).toISOString();
  assert.equal((await first.post(`/v1/sandboxes/${renewed.id}/renew-expiration`, { expiresAt: later })).status, 200);
  await until(async () => (await wordsOf(first)).includes('its last words'), 'it has said them');
  await first.control.close();
  // Here its time passes at once.
  const past = Date.now() - 1;
  withStore(lives.state, (store) => {
    assert.equal(store.get(renewed.id)?.dueAt, Date.parse(later));
    store.update(short.id, ['Running'], { dueAt: past, expiresAt: past });
  });

  const second = await lives.open();
  await t.test('it is ended and told of, with its last words', async () => {
    const state = async () => (await second.get(short.id)).status.state;
    await until(async () => (await state()) === 'Terminated', 'its time is up');
    const { status } = await second.get(short.id);
    assert.deepEqual([status.reason, status.message], ['ttl_expiry', 'Its time was up.']);
    assert.equal(untimed(await wordsOf(second)), 'its last words\n');
    const { message } = await refused(
      await (await second.agent(short.id)).fetch('/ping'),
      'DOCKER::SANDBOX_NOT_RUNNING',
    );
    assert.match(message, /Its time was up/);
  });

  await t.test('a renewal outlives a restart, and one without an end goes on', async () => {
    assert.equal((await second.get(renewed.id)).expiresAt, later);
    for (const { id } of [renewed, endless]) assert.equal((await second.get(id)).status.state, 'Running');
    assert.deepEqual(await containersOf(lives.store), [renewed.id, endless.id].sort());
  });

  await t.test('an ended one is forgotten in the end', async () => {
    await second.control.close();
    withStore(lives.state, (store) => {
      assert.ok(store.get(short.id)!.dueAt! > Date.now());
      store.update(short.id, ['Terminated'], { dueAt: past });
    });
    const third = await lives.open();
    const gone = async () => (await third.fetch(`/v1/sandboxes/${short.id}`)).status === 404;
    await until(gone, 'it is forgotten');
    const { items } = (await (await third.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
    assert.equal(items.length, 2);
  });
});
