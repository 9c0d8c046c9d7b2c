import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patched } from '../../../control/templates/patch.ts';

test('the examples of RFC 7396 come out as it says', () => {
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])
    assert.deepEqual(patched(target, patch), result);
});

test('keys that objects have by themselves are keys like any other', () => {
  const result = patched({}, JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"a": 1}}'));
  assert.equal(JSON.stringify(result), '{"__proto__":{"polluted":true},"constructor":{"a":1}}');
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});
