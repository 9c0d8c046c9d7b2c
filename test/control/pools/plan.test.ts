import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan, type Standing } from '../../../control/pools/plan.ts';
import type { MemberRow } from '../../../control/pools/store.ts';

const plenty = { memory: 1_000_000, members: 1000 };

function pool(name: string, target: number, more: Partial<Standing> = {}): Standing {
  return { name, key: `${name}-key`, target, memory: 100, making: 0, mayMake: true, ...more };
}

function members(of: string, count: number, key = `${of}-key`): MemberRow[] {
  const limits = { memory: 100, spool: 1 };
  return Array.from({ length: count }, (_, index) => ({
    id: `${of}-${key}-${index}`,
    pool: of,
    key,
    limits,
    token: '',
    startedAt: '',
    born: '',
    createdAt: index,
  }));
}

const ids = (rows: MemberRow[]) => rows.map(({ id }) => id);

test('what is lacking is made, what is on its way counts', () => {
  const { wanted, drained } = plan([pool('a', 4, { making: 1 })], members('a', 2), plenty);
  assert.deepEqual([wanted, drained], [['a'], []]);
  assert.deepEqual(plan([pool('a', 2)], members('a', 2), plenty), { wanted: [], drained: [] });
});

test('who has the least of what it should comes first', () => {
  const { wanted } = plan([pool('a', 4), pool('b', 4)], [...members('a', 3), ...members('b', 1)], plenty);
  assert.deepEqual(wanted, ['b', 'b', 'a', 'b']);
});

test('the oldest of too many go, and those of an earlier key or of no pool', () => {
  const old = members('a', 2, 'earlier');
  const stray = members('gone', 1);
  const { drained, wanted } = plan([pool('a', 1)], [...members('a', 3), ...old, ...stray], plenty);
  assert.deepEqual(ids(drained).sort(), ids([...members('a', 2), ...old, ...stray]).sort());
  assert.deepEqual(wanted, []);
});

test('an earlier key’s members do not stand in for today’s', () => {
  const { drained, wanted } = plan([pool('a', 2)], members('a', 2, 'earlier'), plenty);
  assert.deepEqual([drained.length, wanted], [2, ['a', 'a']]);
});

test('no budget is overdrawn, in members or in memory, with what is on its way', () => {
  assert.deepEqual(plan([pool('a', 9)], members('a', 1), { ...plenty, members: 3 }).wanted, ['a', 'a']);
  assert.deepEqual(plan([pool('a', 9, { making: 2 })], members('a', 1), { ...plenty, members: 3 }).wanted, []);
  assert.deepEqual(plan([pool('a', 9)], members('a', 1), { ...plenty, memory: 399 }).wanted, ['a', 'a']);
  // A small one still fits where a large one doesn't.
  const two = [pool('large', 5, { memory: 300 }), pool('small', 5, { memory: 50 })];
  assert.deepEqual(plan(two, [], { ...plenty, memory: 400 }).wanted, ['large', 'small', 'small']);
  assert.deepEqual(plan([pool('a', 9)], [], { memory: 0, members: 0 }).wanted, []);
});

test('one whose last failure is not long ago is left alone', () => {
  assert.deepEqual(plan([pool('a', 3, { mayMake: false }), pool('b', 1)], [], plenty).wanted, ['b']);
});
