import { chmodSync, chownSync } from 'node:fs';
import { ApiError } from '../../shared/api/errors.ts';
import type { Permission } from '../../shared/api/files.ts';
import { gidOf, uidOf } from '../users/passwd.ts';
import { naming } from './errno.ts';
import type { RequestPath } from './path.ts';
import type { Steps } from './slices.ts';

/** A permission in the kernel's terms; undefined stays as it is. */
export interface Access {
  mode?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}

/**
 * Reads mode digits and looks names up. Mode 0 is "leave it", as OpenSandbox's clients send it.
 * @throws ApiError INVALID_PARAMETER for a user or group that does not exist.
 */
export function toAccess(permission: Permission, field: string): Access {
  return {
    mode: permission.mode ? Number.parseInt(String(permission.mode), 8) : undefined,
    uid: lookUp(permission.owner, uidOf, `${field}.owner`, 'user'),
    gid: lookUp(permission.group, gidOf, `${field}.group`, 'group'),
  };
}

function lookUp(
  name: string | null | undefined,
  find: (name: string) => number | undefined,
  field: string,
  kind: string,
): number | undefined {
  if (!name) return undefined;
  const id = find(name);
  if (id !== undefined) return id;
  throw new ApiError('INVALID_PARAMETER', `There is no ${kind} ${name.slice(0, 100)}.`, {
    field: field.slice(0, 200),
    expected: `the name or number of a ${kind}`,
  });
}

/** Sets owner and mode of each path; of a link, those of what it points to. */
export function* setPermissions(requests: { path: RequestPath; access: Access }[]): Steps {
  for (const { path, access } of requests) {
    naming(path, () => applyAccess(path.absolute, access));
    yield;
  }
}

/** Owner first: chown clears the set-id bits that chmod may have been asked for. */
export function applyAccess(path: string, { mode, uid, gid }: Access): void {
  if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1);
  if (mode !== undefined) chmodSync(path, mode);
}
