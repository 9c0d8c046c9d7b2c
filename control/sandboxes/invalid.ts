import { ApiError } from '../../shared/api/errors.ts';

/** The refusal of a request by the field that is wrong. */
export function invalid(field: string, expected: string, got: unknown): ApiError {
  const message = `${field}: expected ${expected}, got ${String(got).slice(0, 100)}`;
  return new ApiError('SANDBOX::INVALID_PARAMETER', message, { field, expected });
}
