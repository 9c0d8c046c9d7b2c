import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter, wholeCharacters } from '../../../shared/streams/lines.ts';

/** Lines of a text that arrives in chunks of `size` bytes. */
function split(text: string | Buffer, size: number, maxBytes = 1000): { text: string; end: number }[] {
  const bytes = Buffer.from(text);
  const splitter = new LineSplitter(maxBytes);
  const lines: { text: string; end: number }[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    splitter.push(bytes.subarray(at, at + size), at, (line, end) => lines.push({ text: line, end }));
  }
  const rest = splitter.flush();
  if (rest !== undefined) lines.push({ text: rest, end: -1 });
  return lines;
}

test('a line ends at \\n, \\r or \\r\\n, and the last counts once', () => {
  assert.deepEqual(
    split('a\nb\rc\r\nd\n\ne', 100).map((line) => line.text),
    ['a', 'b', 'c', 'd', '', 'e'],
  );
});

test('lines and their ends, where those are kept, are the bytes again', () => {
  const text = 'first\r\nzweite Zeile ünd\r\rmehr\n\n\r\n日本語のテキスト\nrest 🙂🙂🙂🙂 without an end';
  const bytes = Buffer.from(text);
  const pieces = (size: number) => {
    const splitter = new LineSplitter(16, { keepsEnds: true });
    const kept: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      splitter.push(bytes.subarray(at, at + size), at, (line, _end, _charset, ending) => kept.push(line + ending));
    }
    return [...kept, splitter.flush() ?? ''];
  };
  assert.deepEqual(pieces(1000).slice(0, 5), ['first\r', '\n', 'zweite Zeile ün', 'd\r', '\r']);
  for (let size = 1; size < 40; size += 1) assert.deepEqual(pieces(size), pieces(1000), `in chunks of ${size}`);
  assert.equal(pieces(7).join(''), text);
});

test('where lines are cut does not depend on how the bytes arrive', () => {
  const text = 'first\r\nzweite Zeile ünd\r\rmehr\n日本語のテキスト\nrest 🙂🙂🙂🙂 without an end';
  const whole = split(text, 10_000, 16);
  for (let size = 1; size < 40; size += 1) assert.deepEqual(split(text, size, 16), whole, `in chunks of ${size}`);
});

test('a line that is too long comes in parts that never cut a character in two', () => {
  const lines = split('🙂'.repeat(100), 7, 10);
  assert.equal(lines.map((line) => line.text).join(''), '🙂'.repeat(100));
  for (const line of lines) assert.ok(Buffer.byteLength(line.text) <= 10 && !line.text.includes('\uFFFD'));
});

test('the numbers of lines grow and count bytes up to and including the line end', () => {
  const lines = split('ab\n\u00e9\r\nc\n', 3);
  assert.deepEqual(
    lines.map((line) => line.end),
    [3, 6, 9],
  );
});

test('bytes that are not UTF-8 become replacement characters and lose nothing around them', () => {
  assert.deepEqual(
    split(Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a, 0xc3, 0x0a]), 1).map((line) => line.text),
    ['a\uFFFD\uFFFDb', '\uFFFD'],
  );
});

test('an unfinished character at the end is left for later, a broken one is not waited for', () => {
  const euro = Buffer.from('€');
  assert.equal(wholeCharacters(Buffer.concat([Buffer.from('a'), euro.subarray(0, 2)]), 100), 1);
  assert.equal(wholeCharacters(Buffer.concat([Buffer.from('a'), euro]), 100), 4);
  assert.equal(wholeCharacters(Buffer.from([0x61, 0x80]), 100), 2);
  assert.equal(wholeCharacters(Buffer.alloc(0), 100), 0);
});
