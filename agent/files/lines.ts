import { Transform } from 'node:stream';

const newline = 10;

/**
 * Passes on some lines of a text: from line `offset`, counted from 1, at most `limit`, as they are and without the newline after
 * the last. Lines may have any length. It ends as soon as it has them.
 */
export function selectLines(offset: number, limit: number): Transform {
  let toSkip = offset - 1;
  let left = limit;
  // The newline after a line belongs to the answer only if a line follows.
  let held = false;
  return new Transform({
    transform(block: Buffer, _encoding, done) {
      if (left === 0) return done();
      let start = 0;
      for (; toSkip > 0; toSkip -= 1) {
        const end = block.indexOf(newline, start);
        if (end === -1) return done();
        start = end + 1;
      }
      if (start === block.length) return done();
      let end = start;
      for (; left > 0 && end < block.length; left -= 1) {
        const next = block.indexOf(newline, end);
        if (next === -1) {
          end = block.length;
          break;
        }
        end = next + 1;
      }
      if (held) this.push('\n');
      held = block[end - 1] === newline;
      this.push(block.subarray(start, held ? end - 1 : end));
      if (left === 0) this.push(null);
      done();
    },
  });
}
