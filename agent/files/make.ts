import { rmdirSync } from 'node:fs';
import { makeDirectory } from '../users/make-directory.ts';
import { naming } from './errno.ts';
import type { RequestPath } from './path.ts';
import { type Access, applyAccess } from './permissions.ts';
import type { Steps } from './slices.ts';

/**
 * Makes each directory and what is missing above it. Owner and mode are for those that were not there before: an existing one
 * may be a system directory. @throws ApiError FILE_ALREADY_EXISTS where a file has the name.
 */
export function* makeDirectories(requests: { path: RequestPath; access: Access }[]): Steps {
  for (const { path, access } of requests) {
    naming(path, () => {
      const made = makeDirectory(path.absolute);
      if (made === undefined) return;
      try {
        applyAccess(path.absolute, access);
      } catch (error) {
        // Left in place it would count as existing, and a second try would succeed without the owner it asks for.
        rmdirSync(path.absolute);
        throw error;
      }
    });
    yield;
  }
}
