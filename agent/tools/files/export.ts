import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import { exportFile } from '../../../shared/api/tools/export-file.ts';
import { readBlock } from '../../files/descriptors.ts';
import { openFile } from '../../files/open.ts';
import { implemented } from '../implemented.ts';
import { readingErrors } from './errors.ts';
import { mediaTypeOf } from './media-kind.ts';
import { mediaTypeOfName } from './media-name.ts';
import { enoughToTell, textKindOf } from './text-kind.ts';

/** What a file is that is to be handed out, which only the server can do: a sandbox reaches no store, and nobody reaches it. */
export const describeExport = implemented(exportFile, readingErrors, async (parameters, { who, at }) => {
  const path = at(parameters.path, 'path');
  const { descriptor, size } = openFile(who, path);
  try {
    const start = await readBlock(descriptor, Buffer.alloc(enoughToTell), 0);
    const named = mediaTypeOfName(path.absolute);
    const mimeType = named ?? mediaTypeOf(start) ?? (textKindOf(start) ? 'text/plain' : 'application/octet-stream');
    return { success: true as const, filename: basename(path.absolute), path: path.absolute, size, mimeType };
  } finally {
    closeSync(descriptor);
  }
});
