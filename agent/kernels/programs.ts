import { statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/** Looks a program up as a shell of the caller's would. */
export function findProgram(name: string, env: Record<string, string>, caller: Caller): string | undefined {
  if (name.includes('/')) return isAbsolute(name) && isProgram(name, caller) ? name : undefined;
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((directory) => join(directory, name))
    .find((path) => isProgram(path, caller));
}

/** Some may execute it, and the caller may get there: access(2) would ask with the agent's own rights. */
export function isProgram(path: string, caller: Caller): boolean {
  try {
    const stat = withRights(caller, () => statSync(path));
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
