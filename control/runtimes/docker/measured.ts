import { Transform } from 'node:stream';
import { ApiError } from '../../../shared/api/errors.ts';

/** Two blocks of zeros, which end every tar. */
const endMark = 1024;

/**
 * Lets a tar of the engine's through. It fails when there is more of it than `limit` bytes, and when it ends before its end: the
 * engine, which can't take back the status it has sent, just stops where it fails.
 */
export function measured(limit: number): Transform {
  let total = 0;
  let tail: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      total += chunk.length;
      if (total > limit + endMark) return done(tooLarge());
      tail = chunk.length >= endMark ? chunk.subarray(-endMark) : Buffer.concat([tail, chunk]).subarray(-endMark);
      done(null, chunk);
    },
    flush(done) {
      const whole = tail.length === endMark && tail.every((byte) => byte === 0);
      done(whole ? null : new ApiError('ENGINE_UNAVAILABLE', 'the engine broke off while it read the files'));
    },
  });
}

/** The failure of a snapshot that would hold more than the administrator allows. */
export function tooLarge(): ApiError {
  return new ApiError('CAPACITY_EXCEEDED', 'It holds more than snapshot.max_size allows, holes in files included.');
}
