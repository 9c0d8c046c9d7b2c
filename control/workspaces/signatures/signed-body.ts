import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { ApiError } from '../../../shared/api/errors.ts';

/** SHA-256 of a body that is not there. */
export const emptyHash = createHash('sha256').digest('hex');

/**
 * Passes a body on as it comes, and its last piece when all of it is known to be what was signed. Whoever reads it never gets the
 * end of another body: it breaks off with `BODY_NOT_AS_SIGNED`. No more than one piece is held.
 */
export class SignedBody extends Transform {
  readonly #expected: string;
  readonly #hash = createHash('sha256');
  #held: Buffer | undefined;

  constructor(expected: string) {
    super();
    this.#expected = expected;
    // Some routes take no body, and read it without looking.
    this.on('error', () => undefined);
  }

  override _transform(piece: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(piece);
    const before = this.#held;
    this.#held = piece;
    done(null, before);
  }

  override _flush(done: TransformCallback): void {
    if (this.#hash.digest('hex') === this.#expected) done(null, this.#held);
    else done(new ApiError('BODY_NOT_AS_SIGNED', 'The body is not the one that was signed.', { field: 'body' }));
  }
}
