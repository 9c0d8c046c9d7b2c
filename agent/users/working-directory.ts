import { statSync } from 'node:fs';
import { ApiError } from '../../shared/api/errors.ts';
import { expandPath } from './expand.ts';
import type { Caller } from './passwd.ts';
import { withRights } from './rights.ts';

/**
 * The directory that a request's `cwd` means, or `base` where it says none; looked at with the rights of the caller.
 * @throws ApiError `WORKING_DIRECTORY_NOT_FOUND`, `INVALID_PARAMETER`
 */
export function workingDirectory(
  cwd: string | null | undefined,
  { env, caller, base }: { env: Record<string, string>; caller: Caller; base: string },
): string {
  if (!cwd) return base;
  return requireDirectory(expandPath(cwd, { env, home: env.HOME ?? caller.home, base, field: 'cwd' }), caller);
}

/** The path itself, looked at with the rights of the caller. @throws ApiError `WORKING_DIRECTORY_NOT_FOUND` */
export function requireDirectory(path: string, caller: Caller): string {
  const isDirectory = withRights(caller, () => {
    try {
      return statSync(path).isDirectory();
    } catch {
      // Not there, behind a directory that the caller may not enter, a loop of links, too long: all the same here.
      return false;
    }
  });
  if (isDirectory) return path;
  throw new ApiError('WORKING_DIRECTORY_NOT_FOUND', `working directory does not exist: ${path.slice(0, 300)}`, {
    field: 'cwd',
    expected: 'a directory that exists',
  });
}
