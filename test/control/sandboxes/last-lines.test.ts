import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastLines } from '../../../control/sandboxes/last-lines.ts';

const text = [
  '2026-01-01T00:00:01.5Z a',
  '2026-01-01T00:00:02.000000001Z b',
  'no time',
  '2026-01-01T00:00:03Z c',
  '',
].join('\n');

test('the last lines, and none from before a time', () => {
  assert.equal(lastLines(text, { tail: 100 }), text);
  assert.equal(lastLines(text, { tail: 1 }), '2026-01-01T00:00:03Z c\n');
  const since = (time: string) => lastLines(text, { tail: 100, since: new Date(time) });
  assert.equal(since('2026-01-01T00:00:02Z'), text.slice(text.indexOf('\n') + 1));
  assert.equal(since('2026-01-01T00:00:03Z'), '2026-01-01T00:00:03Z c\n');
  assert.equal(since('2026-01-01T00:00:04Z'), '');
  assert.equal(since('1970-01-01T00:00:00Z'), text);
});

test('a text without a line end has none afterwards, and an empty one is empty', () => {
  assert.equal(lastLines('2026-01-01T00:00:01Z a\nb', { tail: 1 }), 'b');
  assert.equal(lastLines('', { tail: 10 }), '');
  assert.equal(lastLines('', { tail: 10, since: new Date() }), '');
});
