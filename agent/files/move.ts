import { lstatSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';
import { makeDirectory } from '../users/make-directory.ts';
import { systemCode } from '../users/system-code.ts';
import { copyTree } from './copy.ts';
import { fileError, naming } from './errno.ts';
import type { RequestPath } from './path.ts';
import { removeTree } from './remove-tree.ts';
import type { Steps } from './slices.ts';
import { temporaryName } from './temporary.ts';

/** What goes where. `overwrite`: a file that has the name gives way to another. */
export interface Move {
  src: RequestPath;
  dest: RequestPath;
  overwrite?: boolean;
}

/**
 * Moves files and directories, one after the other; what is missing above a destination is made.
 * @throws ApiError FILE_NOT_FOUND for a missing source, FILE_ALREADY_EXISTS for a destination that is taken; earlier moves stay.
 */
export function* move(moves: Move[]): Steps {
  for (const { src, dest, overwrite = false } of moves) {
    const source = naming(src, () => lstatSync(src.absolute));
    const replaces = overwrite && !source.isDirectory() && src.absolute !== dest.absolute;
    naming(dest, () => makeDirectory(dirname(dest.absolute)));
    refuseTaken(dest, replaces);
    try {
      renameSync(src.absolute, dest.absolute);
    } catch (error) {
      // Another file system, or a directory that comes from the image: overlayfs does not rename those.
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw fileError(error, src);
      yield* moveByCopying(src, dest, replaces);
    }
    yield;
  }
}

/** The copy gets the name only when it is whole; until then, and if anything fails, everything stays where it was. */
function* moveByCopying(src: RequestPath, dest: RequestPath, replaces: boolean): Steps {
  const copy = join(dirname(dest.absolute), temporaryName());
  try {
    yield* copyTree(src, copy);
    refuseTaken(dest, replaces);
    renameSync(copy, dest.absolute);
  } catch (error) {
    yield* removeTree({ ...dest, absolute: copy });
    throw fileError(error, ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG'].includes(systemCode(error)) ? dest : src);
  }
  yield* removeTree(src);
}

/** `replaces`: what is no directory may be taken the place of. */
function refuseTaken(dest: RequestPath, replaces: boolean): void {
  const taken = naming(dest, () => lstatSync(dest.absolute, { throwIfNoEntry: false }));
  if (!taken || (replaces && !taken.isDirectory())) return;
  throw new ApiError('FILE_ALREADY_EXISTS', `${dest.text.slice(0, 200)}: this exists already.`, { field: dest.field });
}
