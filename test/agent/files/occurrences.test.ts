import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Occurrences } from '../../../agent/files/occurrences.ts';

/** Replaces by the class under test, with the text cut into blocks. */
function replaced(blocks: Buffer[], old: string, replacement: string): string {
  const occurrences = new Occurrences(Buffer.from(old));
  const pieces: Uint8Array[] = [];
  const sink = {
    keep: (bytes: Uint8Array) => void pieces.push(bytes),
    found: () => void pieces.push(Buffer.from(replacement)),
  };
  for (const block of blocks) occurrences.read(block, sink);
  occurrences.end(sink);
  return Buffer.concat(pieces).toString();
}

test('wherever a text is cut, replacing gives what replaceAll gives', () => {
  const texts = ['', 'a', 'aaaa', 'abab', 'abaabaab', 'aabaabaaab', 'abcabcabdabcabd', 'mississippi', 'xaabaabaabx'];
  const wanted = ['a', 'aa', 'ab', 'aba', 'aab', 'abcabd', 'issi', 'aabaab', 'zz'];
  for (const text of texts) {
    for (const old of wanted) {
      const expected = text.replaceAll(old, '<>');
      for (let first = 0; first <= text.length; first += 1) {
        for (let second = first; second <= text.length; second += 1) {
          const cuts = [text.slice(0, first), text.slice(first, second), text.slice(second)];
          assert.equal(
            replaced(
              cuts.map((cut) => Buffer.from(cut)),
              old,
              '<>',
            ),
            expected,
            `${old} in ${cuts}`,
          );
        }
      }
    }
  }
});

test('random texts over two letters are replaced as replaceAll replaces them', () => {
  for (let round = 0; round < 3000; round += 1) {
    const text = letters(40);
    const old = letters(1 + Math.floor(Math.random() * 6));
    const cut = Math.floor(Math.random() * text.length);
    const blocks = [Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))];
    assert.equal(replaced(blocks, old, '-'), text.replaceAll(old, '-'), `${old} in ${text} cut at ${cut}`);
  }
});

test('a text and a string made to be slow take linear time', () => {
  const text = Buffer.alloc(4 * 1024 * 1024, 'a');
  const old = `${'a'.repeat(32 * 1024)}b${'a'.repeat(32 * 1024)}`;
  const started = performance.now();
  assert.equal(replaced([text], old, ''), text.toString());
  // What takes a step for each pair of letters would take hours.
  assert.ok(performance.now() - started < 120_000);
});

function letters(count: number): string {
  return Array.from({ length: count }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('');
}
