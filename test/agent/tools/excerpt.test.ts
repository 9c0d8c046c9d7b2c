import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Excerpt } from '../../../agent/tools/excerpt.ts';
import { randomFrom } from '../../support/random.ts';

/** Feeds a text in pieces of any size, as pipes split it. */
function excerptOf(text: string, characters: number, pieceBytes: () => number): { text: string; isCut: boolean } {
  const bytes = Buffer.from(text);
  const excerpt = new Excerpt(characters);
  for (let at = 0; at < bytes.length; ) {
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes()));
    excerpt.take(at, piece);
    at += piece.length;
    piece.fill(0);
  }
  return excerpt.read();
}

test('a text that is short enough is told whole, however it came', () => {
  for (const text of ['', 'a', 'äöü€😀'.repeat(4), 'x'.repeat(40)]) {
    for (const size of [1, 2, 3, 7, 1000]) {
      assert.deepEqual(
        excerptOf(text, 40, () => size),
        { text, isCut: false },
      );
    }
  }
});

test('of a longer one its beginning and its end are told, with what is left out, and no character is broken', () => {
  const next = randomFrom(7);
  for (const [text, characters] of [
    ['0123456789'.repeat(50), 20],
    ['äöü€😀'.repeat(1000), 21],
    ['😀'.repeat(1000), 30],
    [`${'a'.repeat(100)}é${'b'.repeat(100_000)}€`, 100],
  ] as const) {
    for (let round = 0; round < 20; round += 1) {
      const { text: told, isCut } = excerptOf(text, characters, () => 1 + Math.floor(next() * 300));
      assert.ok(isCut);
      const [, first, left, last] = /^(.*)\n\[… (\d+) bytes left out …\]\n(.*)$/s.exec(told)!;
      assert.ok(text.startsWith(first!) && text.endsWith(last!), told.slice(0, 200));
      assert.equal(Buffer.byteLength(first!) + Number(left) + Buffer.byteLength(last!), Buffer.byteLength(text));
      assert.ok(first!.length + last!.length >= characters - 3 && first!.length + last!.length <= characters);
    }
  }
});

test('what was missed counts as left out', () => {
  const excerpt = new Excerpt(20);
  excerpt.take(0, Buffer.from('begin'));
  excerpt.take(1000, Buffer.from('then'));
  excerpt.take(1004, Buffer.from(' end'));
  assert.deepEqual(excerpt.read(), { text: 'begin\n[… 995 bytes left out …]\nthen end', isCut: true });
  const late = new Excerpt(20);
  late.take(50, Buffer.from('late'));
  assert.deepEqual(late.read(), { text: '\n[… 50 bytes left out …]\nlate', isCut: true });
});
