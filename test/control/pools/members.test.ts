import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Members } from '../../../control/pools/members.ts';
import { type MemberRow, MemberStore } from '../../../control/pools/store.ts';
import { openStorage } from '../../../control/storage/open.ts';

const limits = { memory: 1024 ** 3, cpu: 1, pids: 100, spool: 1024 ** 2 };
const key = { exact: 'base.size', sizeless: 'base' };

function row(id: string, more: Partial<MemberRow> = {}): MemberRow {
  return {
    id,
    pool: 'p',
    key: key.exact,
    limits,
    token: `token of ${id}`,
    startedAt: 'then',
    born: 'now',
    createdAt: 1,
    ...more,
  };
}

function open(): { members: Members; store: MemberStore } {
  const store = new MemberStore(openStorage(':memory:'));
  return { members: new Members(store), store };
}

test('one is taken once, the oldest first, and an exact one before one of another size', () => {
  const { members } = open();
  members.add(row('larger', { key: 'base.other', createdAt: 0 }));
  members.add(row('a'));
  members.add(row('b', { createdAt: 2 }));
  members.add(row('other', { key: 'else.size' }));
  const taken = Array.from({ length: 4 }, () => members.take(key, limits)?.id);
  assert.deepEqual(taken, ['a', 'b', 'larger', undefined]);
  assert.ok(members.has('other') && !members.has('a'));
});

test('one of another size is taken where it can become the right one only', () => {
  const { members } = open();
  members.add(row('larger', { key: 'base.other', limits: { ...limits, spool: 8 * 1024 ** 2 } }));
  assert.equal(members.take(key, limits), undefined);
});

test('whoever stood by before a restart does so after it, but for those that were handed over', () => {
  const { members, store } = open();
  for (const id of ['a', 'b']) members.add(row(id));
  const taken = members.take(key, limits)!;
  assert.equal(members.forget(taken.id), true);
  assert.equal(members.forget(taken.id), false, 'nobody hands it over twice');
  assert.deepEqual(new Members(store).all, [row('b')]);
});

test('what was taken and not handed over when the process died stands by again: nobody was told of it', () => {
  const { members, store } = open();
  members.add(row('a'));
  members.take(key, limits);
  assert.deepEqual(
    new Members(store).all.map(({ id }) => id),
    ['a'],
  );
});

test('those on their way and those that leave are known, and are given to nobody', async () => {
  const { members } = open();
  members.expect('coming', 'p');
  assert.ok(members.has('coming'));
  assert.deepEqual([members.coming('p'), members.coming('q'), members.coming()], [1, 0, 1]);
  members.settled('coming');
  assert.ok(!members.has('coming'));
  members.add(row('a'));
  const removed = Promise.withResolvers<void>();
  const left = members.leave(row('a'), () => removed.promise);
  assert.ok(members.has('a'));
  assert.equal(members.take(key, limits), undefined);
  removed.resolve();
  await left;
  assert.ok(!members.has('a'));
});
