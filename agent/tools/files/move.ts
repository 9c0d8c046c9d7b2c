import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ApiError } from '../../../shared/api/errors.ts';
import { moveLocalFiles } from '../../../shared/api/tools/move-local-files.ts';
import { asCaller } from '../../files/errno.ts';
import { move as moving } from '../../files/move.ts';
import type { RequestPath } from '../../files/path.ts';
import { runInSlices } from '../../files/slices.ts';
import type { ToolCall } from '../call.ts';
import { implemented } from '../implemented.ts';

/** Several files and directories, one after the other, whatever becomes of the others. */
export const move = implemented(moveLocalFiles, ['INVALID_PARAMETER'], async ({ operations }, call) => {
  const results = [];
  for (const [index, { source, destination, overwrite }] of operations.entries()) {
    call.signal.throwIfAborted();
    try {
      const src = call.at(source, `operations.${index}.source`);
      const dest = targetOf(src, call.at(destination, `operations.${index}.destination`), call);
      await runInSlices(call.who, moving([{ src, dest, overwrite: overwrite ?? false }]));
      results.push({ source, destination: dest.absolute, success: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      results.push({ source, destination, success: false, error: error.message });
    }
  }
  return { results, successCount: results.filter(({ success }) => success).length };
});

/** Where something goes: into a directory that is there, or that its trailing slash says is meant. */
function targetOf(src: RequestPath, dest: RequestPath, { who }: ToolCall): RequestPath {
  const isDirectory =
    dest.text.endsWith('/') ||
    asCaller(who, dest, () => statSync(dest.absolute, { throwIfNoEntry: false }))?.isDirectory();
  return isDirectory ? { ...dest, absolute: join(dest.absolute, basename(src.absolute)) } : dest;
}
