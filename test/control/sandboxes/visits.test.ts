import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Visits } from '../../../control/sandboxes/visits.ts';

test('a sandbox is in use while somebody is in it, and its idle time begins when the last one has gone', () => {
  let now = 1000;
  const visits = new Visits(() => now);
  now = 2000;
  assert.equal(visits.idleMs('a'), 1000, 'what was not seen used counts as used at the beginning');
  const [first, second] = [visits.enter('a'), visits.enter('a')];
  now = 5000;
  first();
  first();
  assert.deepEqual([visits.isVisited('a'), visits.idleMs('a')], [true, 0]);
  second();
  now = 7000;
  assert.deepEqual([visits.isVisited('a'), visits.idleMs('a')], [false, 2000]);
  visits.touch('a');
  now = 7500;
  assert.equal(visits.idleMs('a'), 500);
  assert.equal(visits.isVisited('b'), false);
});
