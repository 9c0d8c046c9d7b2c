import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../control/volumes/turns.ts';

test('work on one thing is done in the order of asking, work on another meanwhile, and a failure is its caller’s alone', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    await gate.promise;
    order.push('first');
    throw new Error('broken');
  });
  const failed = assert.rejects(first, /broken/);
  const second = turns.take('a', async () => order.push('second'));
  const third = turns.take('a', async () => order.push('third'));
  await turns.take('b', async () => order.push('other'));
  gate.resolve();
  await Promise.all([failed, second, third]);
  assert.deepEqual(order, ['other', 'first', 'second', 'third']);
  await turns.take('a', async () => order.push('later'));
  assert.equal(order.at(-1), 'later');
});
