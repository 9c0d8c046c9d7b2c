import assert from 'node:assert/strict';
import { test } from 'node:test';
import { members, pieces } from '../../../../agent/kernels/jupyter/json-members.ts';
import { largeContents } from '../../../../agent/kernels/jupyter/large-contents.ts';
import { LeftOut } from '../../../../agent/kernels/output.ts';

const awkward = [
  '',
  'plain',
  'é漢🎉',
  '\\',
  '\\\\"',
  '"',
  'u\\u00e9',
  '\ud83d\ude00',
  '\n\t\u0000',
  '\\u',
  'uuuu\\\\u',
];

test('the members of an object are found however they are written', () => {
  const object = { a: 1, 'b"\\': [{ c: '}]",' }, 'x'], d: { e: null }, 'f\u2028': 'end"', g: true, h: -1.5e3 };
  for (const text of [JSON.stringify(object), JSON.stringify(object, undefined, 2)]) {
    const json = Buffer.from(text);
    const found = [...members(json)].map(({ key, start, end }) => [key, JSON.parse(json.toString('utf8', start, end))]);
    assert.deepEqual(Object.fromEntries(found), object);
  }
  assert.deepEqual([...members(Buffer.from('{}'))], []);
});

test('what is no object, or ends too early, is refused', () => {
  for (const wrong of ['', '[1]', '"x"', '{"a": "b', '{"a": [1, {', '{"a'])
    assert.throws(() => [...members(Buffer.from(wrong))], /JSON/, wrong);
});

test('text in pieces of any length is the same text, and no piece ends in half a character', () => {
  const text = awkward.join('').repeat(3);
  for (const written of [JSON.stringify(text), escaped(text)]) {
    const json = Buffer.from(written);
    for (let length = 1; length < 40; length += 1) {
      const read = [...pieces(json, { start: 0, end: json.length }, length)];
      assert.equal(read.join(''), text);
      assert.ok(read.every((piece) => piece.isWellFormed()));
    }
  }
});

test('a large text of a stream comes in parts, in order', () => {
  const text = `${'é"\\'.repeat(500_000)}end`;
  const parts = [...largeContents('stream', Buffer.from(JSON.stringify({ name: 'stderr', text })))];
  assert.ok(parts.length > 1);
  assert.ok(parts.every(({ name }) => name === 'stderr'));
  assert.ok(parts.map((part) => part.text).join('') === text);
});

test('a form that is larger than the limit is left out of what is shown; the others stay', () => {
  const content = {
    data: { 'text/plain': 'small', 'image/png': 'A'.repeat(5000), 'application/json': [1, ['x'.repeat(5000)]] },
    metadata: { 'image/png': { width: 5 } },
    transient: { display_id: 'd' },
  };
  const [read] = largeContents('display_data', Buffer.from(JSON.stringify(content)), 1000);
  const data = { ...content.data, 'image/png': new LeftOut(5002), 'application/json': new LeftOut(5008) };
  assert.deepEqual(read, { ...content, data });
});

test('an error that is too long keeps its beginning and its name', () => {
  const content = { ename: 'ValueError', evalue: 'x'.repeat(1_000_000), traceback: ['y'.repeat(5000)] };
  const [read] = largeContents('error', Buffer.from(JSON.stringify(content)), 1000);
  assert.equal(read?.ename, 'ValueError');
  assert.match(String(read?.evalue), /^x{200000}x*… \(of 1000002 bytes\)$/);
  assert.deepEqual(read?.traceback, ['(a traceback of 5004 bytes was left out)']);
});

/** JSON as Python writes it where it may use nothing but ASCII. */
function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
