import { closeSync, constants, lstatSync, openSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { invalidFile } from './errno.ts';
import { requireRegular } from './open.ts';
import type { RequestPath } from './path.ts';

/** Where the new content of a file goes. */
export interface Target {
  /** Without symbolic links. */
  path: string;
  /** The regular file that is there now. */
  existing: Stats | undefined;
}

/** As many as Linux follows. */
const mostLinks = 40;

/**
 * Finds the file that a shell's redirect to `path` would write to: through symbolic links, and not there yet if the last one leads
 * nowhere. Call it with the caller's rights: a file that these can't write is refused, though its directory might let it be
 * replaced. @throws ApiError INVALID_FILE for anything but a regular file.
 */
export function findTarget(path: RequestPath): Target {
  if (path.text.endsWith('/')) throw invalidFile(path, 'this names a directory');
  const existing = statSync(path.absolute, { throwIfNoEntry: false });
  if (existing) requireRegular(path, existing);
  if (lstatSync(path.absolute, { throwIfNoEntry: false })) askToWrite(path.absolute);
  return { path: existing ? realpathSync.native(path.absolute) : followLinks(path), existing };
}

/** Opening says what the kernel thinks of it, rules for links in sticky directories included; nothing is truncated. */
function askToWrite(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY));
  } catch (error) {
    // A link that leads nowhere; a program that is running, which can't be written but can be replaced.
    if (!['ENOENT', 'ETXTBSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function followLinks(path: RequestPath): string {
  let current = path.absolute;
  for (let links = 0; links < mostLinks; links += 1) {
    if (!lstatSync(current, { throwIfNoEntry: false })?.isSymbolicLink()) return current;
    current = resolve(realpathSync.native(dirname(current)), readlinkSync(current));
  }
  throw invalidFile(path, 'too many symbolic links');
}
