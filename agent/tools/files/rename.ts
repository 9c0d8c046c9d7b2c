import { dirname, join } from 'node:path';
import { renameLocalFile } from '../../../shared/api/tools/rename-local-file.ts';
import { move } from '../../files/move.ts';
import { runInSlices } from '../../files/slices.ts';
import { implemented } from '../implemented.ts';
import { writingErrors } from './errors.ts';

/** Another name in the same directory. */
export const rename = implemented(
  renameLocalFile,
  [...writingErrors, 'FILE_ALREADY_EXISTS'],
  async ({ oldPath, newName }, { who, at }) => {
    const src = at(oldPath, 'oldPath');
    const dest = { text: newName, field: 'newName', absolute: join(dirname(src.absolute), newName) };
    await runInSlices(who, move([{ src, dest }]));
    return { oldPath: src.absolute, newPath: dest.absolute };
  },
);
