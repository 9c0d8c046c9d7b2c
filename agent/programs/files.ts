import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '../users/passwd.ts';

/** Directory of a program's files, in its process's own. */
const filesDirectory = 'program';

/** The file that a handler's word comes in. */
export function resultFile(directory: string): string {
  return join(directory, filesDirectory, 'result');
}

/**
 * Puts a program's files beside its process, where no listing of the user's own files shows them, and says where they are. They are the
 * caller's to read and write; what they are called, and that they are there, is not.
 */
export function placeFiles<Name extends string>(
  directory: string,
  files: Record<Name, string | undefined>,
  caller: Caller,
): Record<Name, string> {
  const place = join(directory, filesDirectory);
  mkdirSync(place, { recursive: true, mode: 0o711 });
  const paths = {} as Record<Name, string>;
  for (const [name, text] of Object.entries(files) as [Name, string | undefined][]) {
    if (text === undefined) continue;
    const path = join(place, name);
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    if (process.geteuid?.() === 0) chownSync(path, caller.uid, caller.gid);
    paths[name] = path;
  }
  return paths;
}

/** Removes them again. */
export function removeFiles(directory: string): void {
  rmSync(join(directory, filesDirectory), { recursive: true, force: true });
}
