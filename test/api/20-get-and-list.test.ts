import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { SandboxList } from '../../shared/api/sandboxes.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { endedRow, withStore } from '../support/rows.ts';

type List = z.infer<typeof SandboxList>;

engineTest('GET /sandboxes lists what there is, newest first', async (t) => {
  const lives = controlLives(t);
  const earlier = Array.from({ length: 45 }, (_, i) =>
    endedRow({
      createdAt: Date.now() - 1000 * i - 60_000,
      state: i % 3 === 0 ? 'Failed' : 'Terminated',
      reason: i % 3 === 0 ? 'entrypoint_failed' : 'ttl_expiry',
      metadata: { number: String(i), parity: i % 2 === 0 ? 'even' : 'odd', 'example.com/kind': 'a.b_c-d' },
    }),
  );
  withStore(lives.state, (store) => {
    for (const row of earlier) store.insert(row);
  });
  const control = await lives.open();
  const list = async (query = '', prefix = '/v1') => {
    const response = await control.fetch(`${prefix}/sandboxes${query}`);
    assert.equal(response.status, 200, query);
    const text = await response.text();
    assert.doesNotMatch(text, /null/);
    return JSON.parse(text) as List;
  };
  const idsOf = ({ items }: List) => items.map(({ id }) => id);

  const running = await control.create({ metadata: { parity: 'even', fresh: 'yes' } });

  await t.test('one sandbox by its id, with and without the version', async () => {
    const one = await control.get(running.id);
    assert.deepEqual((await list('?state=Running')).items, [one]);
    assert.deepEqual(await (await control.fetch(`/sandboxes/${running.id}`)).json(), one);
    const ended = await control.get(earlier[0]!.id);
    assert.deepEqual([ended.status.state, ended.status.reason], ['Failed', 'entrypoint_failed']);
    const unknown = await control.fetch('/v1/sandboxes/00000000-0000-4000-8000-000000000000');
    await refused(unknown, 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });

  await t.test('twenty to a page unless asked otherwise, and every one exactly once', async () => {
    const first = await list();
    assert.equal(first.items.length, 20);
    assert.deepEqual(first.pagination, { page: 1, pageSize: 20, totalItems: 46, totalPages: 3, hasNextPage: true });
    const pages = [first, await list('?page=2'), await list('?page=3', '')];
    assert.deepEqual(pages.flatMap(idsOf), [running.id, ...earlier.map(({ id }) => id)]);
    assert.deepEqual(
      pages.map(({ pagination }) => pagination.hasNextPage),
      [true, true, false],
    );
    const beyond = await list('?page=1000000&pageSize=200');
    assert.deepEqual(beyond, {
      items: [],
      pagination: { page: 1_000_000, pageSize: 200, totalItems: 46, totalPages: 1, hasNextPage: false },
    });
    assert.equal((await list('?pageSize=200')).items.length, 46);
  });

  await t.test('any of several states, in any case; one that there is not matches nothing', async () => {
    const total = async (query: string) => (await list(query)).pagination.totalItems;
    assert.equal(await total('?state=failed'), 15);
    assert.equal(await total('?state=FAILED&state=Running'), 16);
    assert.equal(await total('?state=Paused'), 0);
    assert.equal(await total('?state=Resuming'), 0);
    assert.equal(await total('?state=Resuming&state=Running'), 1);
  });

  await t.test('metadata has to match in all that is named', async () => {
    const by = (metadata: string) => list(`?metadata=${encodeURIComponent(metadata)}&pageSize=200`);
    assert.deepEqual(idsOf(await by('number=7')), [earlier[7]!.id]);
    assert.equal((await by('parity=even')).items.length, 24);
    assert.deepEqual(idsOf(await by('parity=even&fresh=yes')), [running.id]);
    assert.equal((await by('example.com%2Fkind=a.b_c-d&parity=odd')).items.length, 22);
    for (const nothing of ['parity=', 'parity=EVEN', 'Parity=even', 'absent=1', "a'; drop table sandboxes;--=1"]) {
      assert.deepEqual(idsOf(await by(nothing)), [], nothing);
    }
    const failed = await list('?state=Failed&metadata=parity%3Deven&pageSize=5');
    assert.deepEqual([failed.items.length, failed.pagination.totalItems], [5, 8]);
    const pairs = Array.from({ length: 1500 }, (_, index) => `${index.toString(36)}=`);
    assert.deepEqual(idsOf(await by(pairs.slice(0, 256).join('&'))), []);
    for (const malformed of ['parity', '=even', 'parity=even&', 'a=%zz', '&&', pairs.join('&')]) {
      const response = await control.fetch(`/v1/sandboxes?metadata=${encodeURIComponent(malformed)}`);
      await refused(response, 'INVALID_METADATA_FORMAT', 'metadata');
    }
  });

  await t.test('pages are numbers from one, of at most 200', async () => {
    for (const page of ['0', '-1', '1.5', 'two', '', 'NaN', 'Infinity', '1e400', '99999999999999999999', '0x', '%00']) {
      await refused(await control.fetch(`/v1/sandboxes?page=${page}`), 'INVALID_PARAMETER', 'page');
      await refused(await control.fetch(`/v1/sandboxes?pageSize=${page}`), 'INVALID_PARAMETER', 'pageSize');
    }
    await refused(await control.fetch('/v1/sandboxes?pageSize=201'), 'INVALID_PARAMETER', 'pageSize');
    assert.equal((await list(`?page=${Number.MAX_SAFE_INTEGER}&pageSize=200`)).items.length, 0);
  });
});
