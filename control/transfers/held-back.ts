import { Transform } from 'node:stream';
import { ApiError } from '../../shared/api/errors.ts';

/**
 * Passes bytes on, and holds the last of them back until `check` is content: a store that has not had all of a file keeps nothing of
 * it. Fails with what `check` throws, and where there are fewer bytes than `size`.
 */
export function heldBack(size: number, check: () => Promise<void>): Transform {
  let last: Buffer | undefined;
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (last) this.push(last);
      last = chunk;
      passed += chunk.length;
      done();
    },
    flush(done) {
      if (passed !== size) return done(new ApiError('AGENT_UNREACHABLE', 'The sandbox’s agent broke off.'));
      check().then(() => done(null, last), done);
    },
  });
}
