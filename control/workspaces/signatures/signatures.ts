import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../../shared/api/errors.ts';
import { sameSecret } from '../../../shared/http/access.ts';
import { signatureHeaders } from '../../gateway/signature-headers.ts';
import type { SeenNonces } from './seen.ts';
import { type Signature, signatureIn, signed, textToSign, unsignedPayload } from './signature.ts';
import { emptyHash } from './signed-body.ts';

/**
 * How long a nonce is remembered from its request's time on: twice the largest difference of clocks that can be configured. So one
 * may be set back, and another difference configured.
 */
const rememberedMs = 2 * 900 * 1000;

export interface SignaturesOptions {
  issuers: readonly { issuer: string; secret: string }[];
  seen: SeenNonces;
  clockSkewSeconds: number;
  now?: () => number;
}

/** Signed requests of host applications: each is let in once, while its time is about now. */
export class Signatures {
  readonly #options: SignaturesOptions;
  readonly #now: () => number;

  constructor(options: SignaturesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Whose request it is, and what its body has to be; undefined where it is not signed. A second call for the same is a replay.
   * @throws ApiError `INVALID_SIGNATURE`, `SIGNATURE_EXPIRED`, `SIGNATURE_REPLAYED`, `BODY_NOT_AS_SIGNED`
   */
  check(request: IncomingMessage): { issuer: string; body: string } | undefined {
    const signature = signatureIn(request.headers);
    if (!signature) return undefined;
    const { issuer, body } = signature;
    const text = textToSign(signature, { method: request.method ?? '', path: request.url ?? '' });
    if (!this.#isRight(signature, text)) {
      const message = 'The signature is not the one that this request has to have.';
      throw new ApiError('INVALID_SIGNATURE', message, { field: signatureHeaders.signature });
    }
    this.#requireNow(signature);
    if (!this.#isFirst(signature)) {
      const message = 'This request has been here already: sign it anew, with another nonce.';
      throw new ApiError('SIGNATURE_REPLAYED', message, { field: signatureHeaders.nonce });
    }
    // What isn't there is never read.
    if (!hasBody(request) && body !== emptyHash && body !== unsignedPayload) {
      throw new ApiError('BODY_NOT_AS_SIGNED', 'The body that was signed is not there.', { field: 'body' });
    }
    return { issuer, body };
  }

  /** Takes as long whether the issuer is known or not. */
  #isRight({ issuer, signature }: Signature, text: string): boolean {
    const secrets = this.#options.issuers.filter((one) => one.issuer === issuer).map(({ secret }) => secret);
    const right = secrets.map((secret) => sameSecret(signature, signed(text, secret)));
    if (secrets.length === 0) sameSecret(signature, signed(text, 'nobody’s'));
    return right.includes(true);
  }

  #requireNow({ time }: Signature): void {
    const now = this.#now();
    const { clockSkewSeconds: skew } = this.#options;
    if (Math.abs(now - Number(time) * 1000) <= skew * 1000) return;
    const message = `The request was signed at ${time}, here it is ${Math.floor(now / 1000)}: more than ${skew} seconds apart.`;
    throw new ApiError('SIGNATURE_EXPIRED', message, { field: signatureHeaders.time, expected: 'the time now' });
  }

  #isFirst({ issuer, nonce, time }: Signature): boolean {
    return this.#options.seen.add({ issuer, nonce }, Number(time) * 1000 + rememberedMs, this.#now());
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
