import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ApiError } from '../../../shared/api/errors.ts';
import { writeLocalFile } from '../../../shared/api/tools/write-local-file.ts';
import { asCaller } from '../../files/errno.ts';
import type { RequestPath } from '../../files/path.ts';
import type { Caller } from '../../users/passwd.ts';
import { implemented } from '../implemented.ts';
import { writingErrors } from './errors.ts';
import { inTurn } from './in-turn.ts';
import { replaceContent } from './replace-content.ts';

/** A whole file. */
export const write = implemented(writeLocalFile, writingErrors, async (parameters, { who, at }) => {
  const path = at(parameters.path, 'path');
  const bytes = Buffer.from(parameters.content);
  const { length: bytesWritten } = bytes;
  return inTurn(who, path, async () => {
    if (!parameters.createDirectories) requireDirectory(who, path);
    const created = await replaceContent(who, path, bytes);
    return { success: true as const, path: path.absolute, bytesWritten, created };
  });
});

function requireDirectory(who: Caller, path: RequestPath): void {
  const directory = dirname(path.absolute);
  const found = asCaller(who, path, () => statSync(directory, { throwIfNoEntry: false }));
  if (found) return;
  throw new ApiError(
    'FILE_NOT_FOUND',
    `${path.text.slice(0, 200)}: there is no directory ${directory.slice(0, 200)}.`,
    {
      field: 'path',
      expected: 'a path in a directory that is there, or createDirectories: true',
    },
  );
}
