import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';

/** Part of the request that is to blame, as `volumes.0.mountPath`. */
export function fieldOf(index: number, name?: string): string {
  return name === undefined ? `volumes.${index}` : `volumes.${index}.${name}`;
}

/** The error for a volume that can't be had: names the field and says what would have been right. */
export function refusal(
  code: ErrorCode,
  field: string,
  { expected, found, cause }: { expected: string; found: string; cause?: unknown },
): ApiError {
  return new ApiError(code, `${field}: expected ${expected}, found ${found}`, { field, expected, cause });
}
