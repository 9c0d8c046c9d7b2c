import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';
import { type Keys, keyIn } from '../gateway/keys.ts';
import type { Passes } from '../gateway/passes.ts';
import { signatureHeaders } from '../gateway/signature-headers.ts';
import type { WorkspaceKey } from './key.ts';
import { unsignedPayload } from './signatures/signature.ts';
import type { Signatures } from './signatures/signatures.ts';
import { SignedBody } from './signatures/signed-body.ts';

export interface AccessOptions {
  keys: Keys;
  signatures: Signatures;
  passes: Passes;
}

/** What whoever may not reach a workspace is told. */
export const accessErrors = [
  'MISSING_API_KEY',
  'INVALID_API_KEY',
  'INVALID_SIGNATURE',
  'SIGNATURE_EXPIRED',
  'SIGNATURE_REPLAYED',
  'BODY_NOT_AS_SIGNED',
  'ISSUER_NOT_ALLOWED',
] as const satisfies readonly ErrorCode[];

/** Whoever may reach workspaces: those of an issuer, or all. */
export interface Caller {
  /** Undefined: an API key opens all. */
  issuer: string | undefined;
}

/** Who may reach workspaces: by an API key all of them, by a signature those of the issuer whose it is. */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** As below. @throws ApiError also `MISSING_API_KEY`, `INVALID_API_KEY` */
  require(request: IncomingMessage): Caller {
    const caller = this.find(request);
    if (!caller) this.#options.keys.requireApiKey(request.headers);
    return caller ?? { issuer: undefined };
  }

  /**
   * Who asks; undefined: nobody that is known. A signed body is checked as it is read, by whomever. `anyBody`: it need not be signed.
   * @throws ApiError as `Signatures.check`
   */
  find(request: IncomingMessage, { anyBody = false } = {}): Caller | undefined {
    const { keys, signatures, passes } = this.#options;
    const signed = signatures.check(request);
    if (!signed) return keys.isApiKey(keyIn(request.headers)) ? { issuer: undefined } : undefined;
    const { issuer, body } = signed;
    if (body !== unsignedPayload) {
      passes.give(request, { body: (payload) => pipeline(payload, new SignedBody(body), () => undefined) });
    } else if (!anyBody) {
      const message = 'The body has to be signed, but where it goes on into a sandbox.';
      throw new ApiError('INVALID_SIGNATURE', message, {
        field: signatureHeaders.body,
        expected: 'the body’s SHA-256',
      });
    }
    return { issuer };
  }
}

/** @throws ApiError `ISSUER_NOT_ALLOWED` where the key, or the list, is another issuer's */
export function requireOwn({ issuer }: Caller, { issuer: wanted }: Pick<WorkspaceKey, 'issuer'>): void {
  if (issuer === undefined || issuer === wanted) return;
  throw new ApiError(
    'ISSUER_NOT_ALLOWED',
    `The signature is ${issuer}’s, and opens no workspace of another issuer’s.`,
    {
      field: 'key',
      expected: `a key that begins with ${issuer}:`,
    },
  );
}
