import { isAbsolute, join, resolve } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';

export interface ExpandOptions {
  /** Values of `$VAR` and `${VAR}`. */
  env: Record<string, string>;
  /** What `~` stands for. */
  home: string;
  /** Where relative paths start. */
  base: string;
  /** The request's name for the path, for the error. */
  field: string;
}

/** Linux refuses longer paths. */
const maxPathBytes = 4096;

/**
 * Makes an absolute path of what a request says: `~`, `$VAR` and `${VAR}` are expanded, as OpenSandbox's agent does.
 * @throws ApiError `INVALID_PARAMETER` for an empty or too long path, a NUL byte, or a variable that is not set
 */
export function expandPath(path: string, { env, home, base, field }: ExpandOptions): string {
  if (path === '' || path.includes('\0') || Buffer.byteLength(path) > maxPathBytes) {
    throw new ApiError('INVALID_PARAMETER', `${field}: expected a path of 1 to ${maxPathBytes} bytes without NUL`, {
      field,
      expected: `a path of 1 to ${maxPathBytes} bytes without NUL`,
    });
  }
  const tilde = path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
  const expanded = tilde.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    // What an object has anyway (`$constructor`) is no variable.
    if (Object.hasOwn(env, name)) return env[name]!;
    throw new ApiError('INVALID_PARAMETER', `${field}: the variable ${name} is not set`, {
      field,
      expected: 'a path whose variables are set',
    });
  });
  return isAbsolute(expanded) ? expanded : resolve(base, expanded);
}
