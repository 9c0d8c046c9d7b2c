import { resolve } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';
import { baseEnvironment } from '../users/environment.ts';
import { expandPath } from '../users/expand.ts';
import type { Caller } from '../users/passwd.ts';

/** A path as a request gave it, and what it means. */
export interface RequestPath {
  /** As sent; errors and answers name it so. */
  text: string;
  absolute: string;
  /** Where in the request it stood, for errors. */
  field: string;
}

/** What paths of requests are read against. */
export interface Surroundings {
  /** What image and sandbox put into the environment, for `$NAME`. */
  environ: Record<string, string>;
  /** Whether HOME in there is `~`, and not the caller's own home. */
  keepHome: boolean;
  /** Where relative paths start. */
  workdir: string;
}

/**
 * Makes the absolute path of what a request named: a leading `~`, `$NAME` and `${NAME}` are expanded, `..` is resolved by name.
 * @throws ApiError INVALID_PARAMETER for a path that is empty, too long, not UTF-8, holds NUL, or names an unset variable.
 */
export function resolvePath(text: string, field: string, caller: Caller, surroundings: Surroundings): RequestPath {
  const shown = field.slice(0, 200);
  // U+FFFD is what a decoder leaves of bytes that are no UTF-8: whoever sends it means another name.
  if (text.includes('\uFFFD') || !text.isWellFormed()) {
    const expected = 'a path in UTF-8';
    throw new ApiError('INVALID_PARAMETER', `${shown}: expected ${expected}`, { field: shown, expected });
  }
  const { environ, keepHome, workdir } = surroundings;
  const env = baseEnvironment(environ, caller, { keepHome });
  const expanded = expandPath(text, { env, home: env.HOME ?? caller.home, base: workdir, field: shown });
  return { text, absolute: resolve(expanded), field: shown };
}

/**
 * Refuses a query that is not percent-encoded UTF-8: Fastify would hand such a value on undecoded, as another name.
 * @throws ApiError INVALID_PARAMETER with the name of the parameter.
 */
export function checkQueryEncoding(url: string): void {
  const query = url.split('?', 2)[1] ?? '';
  for (const pair of query.split('&')) {
    try {
      decodeURIComponent(pair);
    } catch {
      const field = pair.split('=', 1)[0]!.slice(0, 200);
      const expected = 'percent-encoded UTF-8';
      throw new ApiError('INVALID_PARAMETER', `${field}: expected ${expected}`, { field, expected });
    }
  }
}
