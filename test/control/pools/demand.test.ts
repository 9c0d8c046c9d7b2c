import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Demand, windowMs } from '../../../control/pools/demand.ts';

const bounds = { min: 2, max: 5 };

test('as many stand by as were asked for in five minutes, within the bounds', () => {
  let now = 1_000_000;
  const demand = new Demand(() => now);
  assert.equal(demand.target(bounds), 2);
  for (let asked = 0; asked < 4; asked += 1) demand.note();
  assert.equal(demand.target(bounds), 4);
  for (let asked = 0; asked < 100; asked += 1) demand.note();
  assert.equal(demand.target(bounds), 5);
  now += windowMs - 1;
  assert.equal(demand.target(bounds), 5);
  now += 1;
  assert.equal(demand.target(bounds), 2);
});

test('it shrinks as the asking was: one by one', () => {
  let now = 0;
  const demand = new Demand(() => now);
  for (let minute = 0; minute < 4; minute += 1) {
    demand.note();
    now += 60_000;
  }
  const seen = [];
  for (; now <= windowMs + 3 * 60_000; now += 60_000) seen.push(demand.target({ min: 0, max: 10 }));
  assert.deepEqual(seen, [4, 3, 2, 1, 0]);
});

test('nobody asks, nobody stands by, where there is no minimum', () => {
  assert.equal(new Demand(() => 0).target({ min: 0, max: 10 }), 0);
  const demand = new Demand(() => 0);
  demand.note();
  assert.equal(demand.target({ min: 0, max: 0 }), 0);
});
