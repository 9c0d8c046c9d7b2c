import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and what is missing above it. Returns the first that was made, undefined when there was nothing to do. Node's own
 * `recursive` never comes back where the system says of a directory that is there that it isn't, as /proc does.
 * @throws the system's errors: EEXIST where a file has the name, ENOTDIR where one stands above it
 */
export function makeDirectory(path: string): string | undefined {
  const missing: string[] = [];
  for (let next = path; !isDirectory(next); next = dirname(next)) missing.push(next);
  for (const next of missing.toReversed()) {
    try {
      mkdirSync(next);
    } catch (error) {
      // Somebody else was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isDirectory(next)) throw error;
    }
  }
  return missing.at(-1);
}

/** @throws what keeps it from being made, other than that it isn't there */
function isDirectory(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  throw Object.assign(new Error(`EEXIST: file already exists, mkdir '${path}'`), { code: 'EEXIST' });
}
