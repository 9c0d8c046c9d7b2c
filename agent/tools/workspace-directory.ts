import { statSync } from 'node:fs';
import type { Surroundings } from '../files/path.ts';
import { baseEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/** Where the images of this project, and many others, have what a user works on. */
const usual = '/workspace';

/**
 * Where a tool works when a call does not say: in the working directory of the image, as commands do. Many images say none, and
 * nobody wants their files in `/`: then in `/workspace` where there is one, else in the user's home.
 */
export function workspaceDirectory(who: Caller, { workdir, environ, keepHome }: Surroundings): string {
  if (workdir !== '/') return workdir;
  const home = baseEnvironment(environ, who, { keepHome }).HOME ?? who.home;
  return withRights(who, () => [usual, home].find(isDirectory)) ?? workdir;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
