import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unsettled } from '../../../control/egress/unsettled.ts';
import { until } from '../../support/until.ts';

const waits = { first: 2, longest: 8 };

test('each sandbox is tried again until it succeeds, is told of once, and is left alone then', async () => {
  const left = new Map([
    ['a', 0],
    ['b', 3],
    ['c', 1],
  ]);
  const tries: string[] = [];
  const told: object[] = [];
  const settle = async (id: string) => {
    tries.push(id);
    const failures = left.get(id)!;
    left.set(id, failures - 1);
    if (failures > 0) throw new Error('not yet');
  };
  const unsettled = new Unsettled(settle, (_, details) => told.push(details), waits);
  unsettled.begin([...left.keys()]);
  await until(() => tries.length === 7, 'all have succeeded');
  assert.deepEqual(tries, ['a', 'b', 'c', 'b', 'c', 'b', 'b']);
  assert.deepEqual(
    told.map((details) => (details as { sandbox: string }).sandbox),
    ['b', 'c'],
  );
  unsettled.add('a');
  await until(() => tries.length === 8, 'one that is new is tried');
  assert.equal(tries.at(-1), 'a');
  await unsettled.close();
});

test('nothing is begun after the end, which waits for what was begun', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const tries: string[] = [];
  const settle = (id: string) => {
    tries.push(id);
    return promise;
  };
  const unsettled = new Unsettled(settle, () => {}, waits);
  unsettled.begin(['a', 'b']);
  await until(() => tries.length === 1, 'the first is tried');
  let isClosed = false;
  const closed = unsettled.close().then(() => {
    isClosed = true;
  });
  assert.equal(isClosed, false);
  resolve();
  await closed;
  unsettled.add('c');
  assert.deepEqual(tries, ['a']);
});
