import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineFilter } from '../../../agent/tools/line-filter.ts';

const endless = `${'a'.repeat(40)}!`;

test('others go on while a filter takes for ever, which is refused in the end', { timeout: 120_000 }, async (t) => {
  const filter = new LineFilter('^(a+)+$');
  t.after(() => filter.close());
  assert.deepEqual(await filter.matches(['aaa', 'b']), [true, false]);
  let others = 0;
  const timer = setInterval(() => {
    others += 1;
  }, 1);
  t.after(() => clearInterval(timer));
  const refused = { code: 'INVALID_REQUEST_BODY', field: 'filter', message: /takes too long/ };
  await assert.rejects(filter.matches([endless]), refused);
  assert.ok(others > 0);
  await assert.rejects(filter.matches(['aaa']), refused, 'the time is that of all stretches together');
});

test('a filter that is slow on one stretch goes on in its thread, with what comes behind it', {
  timeout: 120_000,
}, async (t) => {
  const filter = new LineFilter('^(?:(a+)+|b)$');
  t.after(() => filter.close());
  // Some tenths of a second, or a second.
  const slow = Array.from({ length: 40 }, () => `${'a'.repeat(19)}!`);
  assert.deepEqual(
    await filter.matches([...slow, 'b']),
    [...slow, 'b'].map((line) => line === 'b'),
  );
  assert.deepEqual(await filter.matches(['b', 'c', 'a\u2028']), [true, false, false]);
});
