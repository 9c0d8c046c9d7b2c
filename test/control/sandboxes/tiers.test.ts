import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IdleTimes, nextStep } from '../../../control/sandboxes/tiers.ts';

const times = (change: Partial<IdleTimes>): IdleTimes => ({
  freezeAfterSeconds: 0,
  stopAfterSeconds: 0,
  deleteAfterSeconds: 0,
  backgroundSeconds: 0,
  ...change,
});

test('what is due first comes first, and a tier is never risen to', () => {
  const all = times({ freezeAfterSeconds: 1, stopAfterSeconds: 2, deleteAfterSeconds: 3 });
  assert.deepEqual(nextStep('running', all), { to: 'frozen', afterMs: 1000 });
  assert.deepEqual(nextStep('frozen', all), { to: 'stopped', afterMs: 2000 });
  assert.deepEqual(nextStep('stopped', all), { to: 'deleted', afterMs: 3000 });
  assert.deepEqual(nextStep('running', times({ freezeAfterSeconds: 5, stopAfterSeconds: 2 })), {
    to: 'stopped',
    afterMs: 2000,
  });
  assert.deepEqual(nextStep('running', times({ freezeAfterSeconds: 2, deleteAfterSeconds: 2 }))?.to, 'deleted');
  assert.equal(nextStep('stopped', times({ freezeAfterSeconds: 1, stopAfterSeconds: 1 })), undefined);
});

test('0 is never', () => {
  assert.equal(nextStep('running', times({ backgroundSeconds: 10 })), undefined);
  assert.equal(nextStep('frozen', times({ freezeAfterSeconds: 1 })), undefined);
});
