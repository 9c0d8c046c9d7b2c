import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../../../shared/api/errors.ts';
import { signatureHeaders } from '../../gateway/signature-headers.ts';
import { isIssuer } from '../key.ts';

/** What a request says of its signature, in the shapes that it has to have. */
export interface Signature {
  issuer: string;
  /** Seconds since 1970, in digits. */
  time: string;
  /** Different in each request. */
  nonce: string;
  /** SHA-256 of the body in lower-case hexadecimal, or `unsignedPayload`. */
  body: string;
  /** HMAC-SHA256 in lower-case hexadecimal. */
  signature: string;
}

/** In place of the body's hash: the body may be any. Only where it goes on into a sandbox. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

const hexadecimal = /^[0-9a-f]{64}$/;
const shapes: Record<keyof Signature, { fits: (text: string) => boolean; expected: string }> = {
  issuer: { fits: isIssuer, expected: 'the name of an issuer' },
  time: { fits: (text) => /^[1-9]\d{8,11}$/.test(text), expected: 'seconds since 1970' },
  nonce: { fits: (text) => /^[\w-]{16,64}$/.test(text), expected: '16 to 64 letters, digits, hyphens and underscores' },
  body: {
    fits: (text) => text === unsignedPayload || hexadecimal.test(text),
    expected: `the body’s SHA-256 in lower-case hexadecimal, or ${unsignedPayload}`,
  },
  signature: { fits: (text) => hexadecimal.test(text), expected: 'an HMAC-SHA256 in lower-case hexadecimal' },
};

/** The signature of a request; undefined where it brings none. @throws ApiError `INVALID_SIGNATURE` for half a one */
export function signatureIn(headers: IncomingHttpHeaders): Signature | undefined {
  const names = Object.entries(signatureHeaders) as [keyof Signature, string][];
  if (names.every(([, header]) => headers[header] === undefined)) return undefined;
  const given = names.map(([name, header]) => {
    const text = headers[header];
    const { fits, expected } = shapes[name];
    if (typeof text === 'string' && fits(text)) return [name, text];
    const message = `The header ${header} is missing or malformed.`;
    throw new ApiError('INVALID_SIGNATURE', message, { field: header, expected });
  });
  return Object.fromEntries(given) as Signature;
}

/** The text that is signed: seven lines without an end. `path`: with its query, as it is on the wire. */
export function textToSign(
  { issuer, time, nonce, body }: Omit<Signature, 'signature'>,
  { method, path }: { method: string; path: string },
): string {
  return ['cubby-hmac-sha256', issuer, time, nonce, method, path, body].join('\n');
}

/** What the header `cubby-signature` has to hold for a text. */
export function signed(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
