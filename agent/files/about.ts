import type { ErrorCode } from '../../shared/api/errors.ts';

/** What the file system, or the lack of a user to ask it as, may be the reason of on every route. */
const everywhere = [
  'INVALID_PARAMETER',
  'INVALID_FILE',
  'PERMISSION_DENIED',
  'UNKNOWN_USER',
  'USER_NOT_ALLOWED',
] as const;

/** What the API's description says of a route of this room. `errors` are its own, beside those that all have. */
export function about(operationId: string, summary: string, ...errors: ErrorCode[]) {
  return { tags: ['Filesystem'], operationId, summary, errors: [...everywhere, ...errors] };
}
