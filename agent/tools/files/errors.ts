import type { ErrorCode } from '../../../shared/api/errors.ts';

/** What the file system may refuse to whoever only reads. */
export const readingErrors = [
  'INVALID_PARAMETER',
  'INVALID_FILE',
  'FILE_NOT_FOUND',
  'PERMISSION_DENIED',
] as const satisfies readonly ErrorCode[];

/** What it may refuse to whoever writes. */
export const writingErrors = [...readingErrors, 'DISK_FULL'] as const satisfies readonly ErrorCode[];
