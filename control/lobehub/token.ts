import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { sameSecret } from '../../shared/http/access.ts';

/** What a token says: until when it holds, in ms since the epoch, who made it and for whom. */
export interface Claims {
  exp: number;
  iss: string;
  sub: string;
}

const prefix = 'obx_jit_v1.';
const shape = /^obx_jit_v1\.([\w-]+)\.([\w-]{43})$/;
const ClaimsJson = z.object({ exp: z.number(), iss: z.string().min(1), sub: z.string().min(1) });

/** The signature that a payload in base64url has to have: HMAC-SHA256 over prefix and payload, in base64url. */
export function signatureOf(payload: string, key: string): string {
  return createHmac('sha256', key)
    .update(prefix + payload)
    .digest('base64url');
}

/**
 * What a bearer token says, when one of the keys has signed it; `keysOf` has those of an iss. It takes as long whatever the iss is.
 * @throws ApiError `INVALID_JIT_TOKEN`, `JIT_TOKEN_EXPIRED`
 */
export function claimsIn(
  authorization: string | undefined,
  { keysOf, now }: { keysOf: (iss: string) => readonly string[]; now: number },
): Claims {
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer === undefined) throw invalid('The header authorization has no bearer token.');
  const [, payload, signature] = shape.exec(bearer) ?? [];
  const claims = payload === undefined ? undefined : parsed(payload);
  if (!payload || !signature || !claims) throw invalid('The bearer token is not in the form that LobeHub’s are.');
  const keys = keysOf(claims.iss);
  const right = (keys.length > 0 ? keys : ['nobody’s']).map((key) => sameSecret(signature, signatureOf(payload, key)));
  if (keys.length === 0 || !right.includes(true)) {
    throw invalid('The token is signed with another key than the one for its iss, or its iss is not known here.');
  }
  if (now >= claims.exp) {
    const message = `The token held until ${instant(claims.exp)}, here it is ${instant(now)}.`;
    throw new ApiError('JIT_TOKEN_EXPIRED', message, {
      field: 'authorization',
      expected: 'a token whose exp is to come',
    });
  }
  return claims;
}

function parsed(payload: string): Claims | undefined {
  try {
    return ClaimsJson.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
}

function invalid(message: string): ApiError {
  const expected = 'Bearer obx_jit_v1.<payload>.<signature>';
  return new ApiError('INVALID_JIT_TOKEN', message, { field: 'authorization', expected });
}
