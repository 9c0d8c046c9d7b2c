import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SnapshotState } from '../../control/snapshots/states.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { snapshotRow, withSnapshots } from '../support/rows.ts';
import { getSnapshot, listSnapshots, makeSnapshot } from '../support/snapshots.ts';

engineTest('GET /snapshots lists what there is, newest first', async (t) => {
  const lives = controlLives(t);
  const sources = [randomUUID(), randomUUID()];
  const earlier = Array.from({ length: 245 }, (_, i) =>
    snapshotRow({
      sandboxId: sources[i % 2]!,
      name: i % 5 === 0 ? undefined : `number ${i % 10}`,
      createdAt: Date.now() - 1000 * i - 60_000,
    }),
  );
  withSnapshots(lives.state, (store) => {
    for (const row of earlier) store.insert(row);
  });
  const control = await lives.open();
  const { id: sandboxId } = await control.create();
  const ready = await makeSnapshot(control, sandboxId, { name: 'ü & ☃=?' });
  const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

  await t.test('twenty to a page unless asked otherwise, and every one exactly once', async () => {
    const first = await listSnapshots(control);
    assert.equal(first.items.length, 20);
    assert.deepEqual(first.pagination, { page: 1, pageSize: 20, totalItems: 246, totalPages: 13, hasNextPage: true });
    assert.deepEqual(first.items[0], await getSnapshot(control, ready.id));
    const pages = [await listSnapshots(control, '?pageSize=200'), await listSnapshots(control, '?pageSize=200&page=2')];
    assert.deepEqual(
      pages.flatMap(({ items }) => idsOf(items)),
      [ready.id, ...idsOf(earlier)],
    );
    const beyond = await listSnapshots(control, '?page=1000000');
    assert.deepEqual([beyond.items, beyond.pagination.hasNextPage], [[], false]);
  });

  await t.test('of one sandbox, of one name, in any of several states, and all of these together', async () => {
    const total = async (query: string) => (await listSnapshots(control, query)).pagination.totalItems;
    assert.equal(await total(`?sandboxId=${sources[0]}`), 123);
    assert.equal(await total(`?sandboxId=${sources[1]}&name=number%203`), 25);
    assert.equal(await total('?name=number%200'), 0);
    assert.equal(await total('?name=number'), 0, 'names match whole');
    assert.deepEqual(idsOf((await listSnapshots(control, `?name=${encodeURIComponent('ü & ☃=?')}`)).items), [ready.id]);
    assert.equal(await total('?state=ready'), 1);
    assert.equal(await total('?state=Ready&state=FAILED'), 246);
    assert.equal(await total('?state=Exported'), 0);
    assert.equal(await total(`?state=Failed&sandboxId=${sandboxId}`), 0);
    assert.equal(await total("?sandboxId='; drop table snapshots;--&invented=1"), 0);
  });

  await t.test('pages are numbers from one, of at most 200', async () => {
    for (const page of ['0', '-1', '1.5', 'two', '', 'Infinity', '1e400', '%00']) {
      await refused(await control.fetch(`/v1/snapshots?page=${page}`), 'INVALID_PARAMETER', 'page');
      await refused(await control.fetch(`/v1/snapshots?pageSize=${page}`), 'INVALID_PARAMETER', 'pageSize');
    }
    await refused(await control.fetch('/v1/snapshots?pageSize=201'), 'INVALID_PARAMETER', 'pageSize');
  });

  await t.test('the numbers of each state are told to Prometheus', async () => {
    const text = await (await control.fetch('/metrics')).text();
    const counts: Partial<Record<SnapshotState, number>> = { Ready: 1, Failed: 245 };
    for (const [state, count] of Object.entries(counts))
      assert.ok(text.includes(`\ncubby_snapshots{state="${state}"} ${count}\n`), state);
  });

  await t.test('none of it is told without the key', async () => {
    for (const [path, method] of [
      ['/v1/snapshots', 'GET'],
      [`/snapshots/${ready.id}`, 'GET'],
      [`/snapshots/${ready.id}`, 'DELETE'],
      [`/v1/sandboxes/${sandboxId}/snapshots`, 'POST'],
    ] as const) {
      await refused(await fetch(`${control.url}${path}`, { method }), 'MISSING_API_KEY', 'open-sandbox-api-key');
    }
  });
});
