import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import { systemCode } from '../users/system-code.ts';
import type { RequestPath } from './path.ts';

/** What the kernel's refusals mean to whoever asked. What is not here is nobody's fault but ours. */
const meanings: Record<string, [code: ErrorCode, message: string]> = {
  ENOENT: ['FILE_NOT_FOUND', 'there is no such file or directory'],
  EEXIST: ['FILE_ALREADY_EXISTS', 'this exists already'],
  EACCES: ['PERMISSION_DENIED', 'permission denied'],
  EPERM: ['PERMISSION_DENIED', 'operation not permitted'],
  EROFS: ['PERMISSION_DENIED', 'this file system is read-only'],
  ENOSPC: ['DISK_FULL', 'no space is left on the disk'],
  EDQUOT: ['DISK_FULL', 'the disk quota is used up'],
  EFBIG: ['DISK_FULL', 'the file would be larger than this file system takes'],
  EISDIR: ['INVALID_FILE', 'this is a directory'],
  ENOTDIR: ['INVALID_FILE', 'a part of the path is not a directory'],
  ELOOP: ['INVALID_FILE', 'too many symbolic links'],
  ENAMETOOLONG: ['INVALID_FILE', 'a name in the path is too long'],
  EINVAL: ['INVALID_FILE', 'the file system does not allow this'],
  ENXIO: ['INVALID_FILE', 'this is not a regular file'],
  ENODEV: ['INVALID_FILE', 'this is not a regular file'],
  ETXTBSY: ['INVALID_FILE', 'this program is running'],
  EBUSY: ['INVALID_FILE', 'this is in use, for instance as a mount point'],
  ENOTEMPTY: ['INVALID_FILE', 'the directory is not empty'],
};

/** Names `path` in an error of the file system; any other error stays what it is. */
export function fileError(error: unknown, path: RequestPath): unknown {
  const meaning = meanings[systemCode(error)];
  if (!meaning || error instanceof ApiError) return error;
  const [code, message] = meaning;
  return new ApiError(code, `${path.text.slice(0, 200)}: ${message}.`, {
    field: path.field.slice(0, 200),
    cause: error,
  });
}

/** The error for something that is there but of the wrong kind. */
export function invalidFile(path: RequestPath, problem: string): ApiError {
  return new ApiError('INVALID_FILE', `${path.text.slice(0, 200)}: ${problem}.`, { field: path.field.slice(0, 200) });
}

/** Runs `operation`; where the file system refuses, the error names `path`. */
export function naming<T>(path: RequestPath, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw fileError(error, path);
  }
}

/** As `naming`, with the rights of `caller`. Not inside `inSlices`, which has them already. */
export function asCaller<T>(caller: Caller, path: RequestPath, operation: () => T): T {
  return naming(path, () => withRights(caller, operation));
}

/** Whether a walk passes over what it could not look into: it is gone by now, or not for the caller to see. */
export function isPassable(error: unknown): boolean {
  return ['EACCES', 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '');
}
