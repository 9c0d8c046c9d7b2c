import { resolve } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';

/** A path as a request gave it, and what it means. */
export interface RequestPath {
  /** As sent; errors and answers name it so. */
  text: string;
  absolute: string;
  /** Where in the request it stood, for errors. */
  field: string;
}

/** What `~` and `$NAME` mean to whoever asks. */
export interface Surroundings {
  home: string;
  /** The environment that users' processes get. */
  environ: Readonly<Record<string, string>>;
}

/** Linux takes 4096 bytes for a path, the NUL at the end included. */
const longestPath = 4095;

/** Relative paths start here: in a sandbox the WORKDIR of its image. */
const start = process.cwd();

/**
 * Makes the absolute path of what a request named: a leading `~`, `$NAME` and `${NAME}` are expanded, `..` is resolved by name.
 * @throws ApiError INVALID_PARAMETER for a path that is empty, too long, not UTF-8, holds NUL, or names an unset variable.
 */
export function resolvePath(text: string, field: string, surroundings: Surroundings): RequestPath {
  check(text, field);
  const fromHome = /^~(?=\/|$)/.test(text) ? `$HOME${text.slice(1)}` : text;
  const environ = { HOME: surroundings.home, ...surroundings.environ };
  const expanded = fromHome.replaceAll(/\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g, (_, braced, plain) => {
    const name: string = braced ?? plain;
    if (Object.hasOwn(environ, name)) return environ[name as keyof typeof environ];
    throw refusal(field, `names $${name.slice(0, 100)}, which is not set`, 'a variable of the environment');
  });
  check(expanded, field);
  return { text, absolute: resolve(start, expanded), field };
}

function check(path: string, field: string): void {
  if (path === '') throw refusal(field, 'is empty', 'a path');
  if (Buffer.byteLength(path) > longestPath) throw refusal(field, 'is too long', `at most ${longestPath} bytes`);
  if (path.includes('\0')) throw refusal(field, 'holds a NUL byte', 'a path without NUL');
  // U+FFFD is what a decoder leaves of bytes that are no UTF-8: whoever sends it means another name.
  if (path.includes('\uFFFD') || !path.isWellFormed()) throw refusal(field, 'is not valid UTF-8', 'a path in UTF-8');
}

function refusal(field: string, problem: string, expected: string): ApiError {
  const shown = field.slice(0, 200);
  return new ApiError('INVALID_PARAMETER', `${shown}: the path ${problem}.`, { field: shown, expected });
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
      throw new ApiError('INVALID_PARAMETER', `${field}: this is not percent-encoded UTF-8.`, {
        field,
        expected: 'percent-encoded UTF-8',
      });
    }
  }
}
