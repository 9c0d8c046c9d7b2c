import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskAllowances } from '../../../control/sandboxes/disk-allowance.ts';

const id = 'one';
const limit = 1600;

test('one is stopped when it has more than its limit', () => {
  const allowances = new DiskAllowances();
  assert.equal(allowances.isExceeded(id, limit, limit), false);
  assert.equal(allowances.isExceeded(id, limit + 1, limit), true);
  assert.equal(allowances.isExceeded(id, limit + 1, limit), true, 'whoever could not stop it tries again');
});

test('one that was stopped may have what it had then, and a sixteenth of its limit more', () => {
  const allowances = new DiskAllowances();
  allowances.open(id);
  assert.ok(allowances.isOpen(id));
  assert.equal(allowances.isExceeded(id, 2000, limit), false);
  assert.ok(!allowances.isOpen(id));
  assert.equal(allowances.isExceeded(id, 2100, limit), false);
  assert.equal(allowances.isExceeded(id, 2100, limit), false, 'looking is no growth');
  assert.equal(allowances.isExceeded(id, 2101, limit), true);
});

test('what was deleted can’t be written again, and below the limit all is as before', () => {
  const allowances = new DiskAllowances();
  allowances.open(id);
  assert.equal(allowances.isExceeded(id, 5000, limit), false);
  assert.equal(allowances.isExceeded(id, 2000, limit), false);
  assert.equal(allowances.isExceeded(id, 2101, limit), true);
  assert.equal(allowances.isExceeded(id, 1000, limit), false);
  assert.equal(allowances.isExceeded(id, limit + 1, limit), true);
});

test('a large limit has no large share', () => {
  const allowances = new DiskAllowances();
  const large = 1024 ** 4;
  allowances.open(id);
  assert.equal(allowances.isExceeded(id, large + 1, large), false);
  assert.equal(allowances.isExceeded(id, large + 2 + 256 * 1024 ** 2, large), true);
});

test('one that is no more is forgotten', () => {
  const allowances = new DiskAllowances();
  allowances.open(id);
  assert.deepEqual(allowances.ids(), [id]);
  allowances.forget(id);
  assert.deepEqual(allowances.ids(), []);
  assert.equal(allowances.isExceeded(id, limit + 1, limit), true);
});
