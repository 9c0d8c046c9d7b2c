import { closeSync } from 'node:fs';
import { ApiError } from '../../../shared/api/errors.ts';
import { editLocalFile } from '../../../shared/api/tools/edit-local-file.ts';
import { readBlock } from '../../files/descriptors.ts';
import { invalidFile } from '../../files/errno.ts';
import { openFile } from '../../files/open.ts';
import type { RequestPath } from '../../files/path.ts';
import type { Caller } from '../../users/passwd.ts';
import { implemented } from '../implemented.ts';
import { difference } from './difference.ts';
import { writingErrors } from './errors.ts';
import { inTurn } from './in-turn.ts';
import { withLineEndsOf } from './line-ends.ts';
import { notFound, notUnique } from './mismatch.ts';
import { replaceContent } from './replace-content.ts';
import { replaced } from './replaced.ts';
import { encoded, enoughToTell, textKindOf } from './text-kind.ts';

/** Bytes of a file that is edited: it is held in memory, twice. */
const mostBytes = 10 * 1024 * 1024;
/** And of what comes of it: a short text for a long one, many times. */
const mostMade = 2 * mostBytes;

const errors = [...writingErrors, 'TEXT_NOT_FOUND', 'TEXT_NOT_UNIQUE'] as const;

/** An exact string for another, and what has changed. */
export const edit = implemented(editLocalFile, errors, async ({ all = false, ...parameters }, { who, at }) => {
  const path = at(parameters.path, 'path');
  if (parameters.search === parameters.replace) {
    const expected = 'another text than search';
    throw new ApiError('INVALID_PARAMETER', `replace: expected ${expected}`, { field: 'replace', expected });
  }
  return inTurn(who, path, async () => {
    const before = await contentOf(who, path);
    const kind = textKindOf(before.subarray(0, enoughToTell));
    if (!kind) throw invalidFile(path, 'this is not a text file');
    const text = (given: string) => encoded(withLineEndsOf(before, given, kind), kind);
    const search = text(parameters.search);
    const { size, content, positions } = replaced(before, search, text(parameters.replace));
    if (positions.length === 0) throw notFound(path, before, parameters.search, kind);
    if (positions.length > 1 && !all) throw notUnique(path, before, positions, kind);
    if (size > mostMade) throw invalidFile(path, `it would have ${size} bytes, more than ${mostMade}`);
    const after = content();
    const changes = await difference(path.absolute, before, after, kind);
    await replaceContent(who, path, after);
    return { path: path.absolute, replacements: positions.length, ...changes };
  });
});

async function contentOf(who: Caller, path: RequestPath): Promise<Buffer> {
  const { descriptor, size } = openFile(who, path);
  try {
    if (size > mostBytes) {
      throw invalidFile(path, `it is larger than ${mostBytes} bytes: use a command such as sed, or a program`);
    }
    return await readBlock(descriptor, Buffer.alloc(size), 0);
  } finally {
    closeSync(descriptor);
  }
}
