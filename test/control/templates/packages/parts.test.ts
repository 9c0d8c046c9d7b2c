import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '../../../../control/templates/packages/failure.ts';
import { buildKey, normalPackages } from '../../../../control/templates/packages/key.ts';
import { Output } from '../../../../control/templates/packages/output.ts';
import { stepsOf } from '../../../../control/templates/packages/steps.ts';

test('the same content has the same key, whatever its order, and other content another', () => {
  const base = 'sha256:1';
  const keyOf = (packages: object) => buildKey({ base, packages: normalPackages(packages)! });
  const key = keyOf({ pip: ['b', 'a', 'a'], apt: null });
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.equal(keyOf({ pip: ['a', 'b'], npm: [] }), key);
  for (const other of [{ pip: ['a'] }, { npm: ['a', 'b'] }, { pip: ['a', 'b'], apt: ['c'] }])
    assert.notEqual(keyOf(other), key);
  assert.notEqual(buildKey({ base: 'sha256:2', packages: { pip: ['a', 'b'] } }), key);
  for (const none of [null, undefined, {}, { pip: [], npm: null }]) assert.equal(normalPackages(none), undefined);
});

test('names stand behind what ends options', () => {
  const commands = stepsOf({ apt: ['vim'], pip: ['a', 'b'], npm: ['c'] }).map(({ command }) => command.join(' '));
  assert.equal(commands.filter((command) => / -- /.test(command)).length, 3);
  assert.ok(commands.some((command) => command.endsWith('pip install -- a b')));
  assert.deepEqual(
    stepsOf({ npm: ['c'] }).map(({ command }) => command[0]),
    ['npm'],
  );
});

test('output is cut into lines, however it comes', () => {
  const text = 'one\r\ntwo\rthree\n\nfour';
  for (const size of [1, 2, 3, 100]) {
    const output = new Output();
    const lines: string[] = [];
    for (let at = 0; at < text.length; at += size) lines.push(...output.add(text.slice(at, at + size)));
    assert.deepEqual([...lines, ...output.end()], ['one', 'two', 'three', '', 'four'], `in parts of ${size}`);
    assert.deepEqual(output.end(), []);
  }
  const long = new Output();
  long.add('x'.repeat(1_000_000));
  assert.equal(long.end()[0]?.length, 2001);
});

test('a failure is told with the last words', () => {
  assert.equal(describeFailure(new Error('It broke'), ['', 'a', 'b']), 'It broke. Its last words: a\nb');
  assert.equal(describeFailure(new Error('It broke.'), []), 'It broke.');
  assert.match(describeFailure(new DOMException('x', 'TimeoutError'), []), /build_timeout_seconds/);
});
