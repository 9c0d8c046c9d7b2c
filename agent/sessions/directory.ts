import { ApiError } from '../../shared/api/errors.ts';
import { expandPath } from '../users/expand.ts';
import { makeDirectory } from '../users/make-directory.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/**
 * The directory that a request's `cwd` means, made with the caller's rights where it is missing, parents too.
 * @throws ApiError `WORKING_DIRECTORY_NOT_FOUND` where it can't be made, `INVALID_PARAMETER`
 */
export function madeDirectory(
  cwd: string,
  { env, caller, base }: { env: Record<string, string>; caller: Caller; base: string },
): string {
  const path = expandPath(cwd, { env, home: env.HOME ?? caller.home, base, field: 'cwd' });
  try {
    withRights(caller, () => makeDirectory(path));
    return path;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ApiError(
      'WORKING_DIRECTORY_NOT_FOUND',
      `working directory can’t be made: ${path.slice(0, 300)} (${code})`,
      { field: 'cwd', expected: 'a directory that is there or can be made', cause },
    );
  }
}
