import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';

/** As USER in an image: a name or a number, and a group's. */
const shape = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?$/;

/** Whom commands run as; undefined: whom the image says. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
export function userOf({ user }: CreateSandboxRequest): string | undefined {
  if (user == null) return undefined;
  if (shape.test(user)) return user;
  const expected = 'a name or a number, with :group or without';
  throw new ApiError('SANDBOX::INVALID_PARAMETER', `user: expected ${expected}`, { field: 'user', expected });
}
