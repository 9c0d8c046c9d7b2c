import { closeSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { z } from 'zod';
import { ApiError } from '../../../shared/api/errors.ts';
import { readLocalFile } from '../../../shared/api/tools/read-local-file.ts';
import { readBlock } from '../../files/descriptors.ts';
import { openFile } from '../../files/open.ts';
import { implemented } from '../implemented.ts';
import { readingErrors } from './errors.ts';
import { isImage, mediaTypeOf } from './media-kind.ts';
import { PickedLines } from './picked-lines.ts';
import { enoughToTell, type TextKind, textKindOf } from './text-kind.ts';

type Result = z.input<typeof readLocalFile.result>;

/** Bytes that are read at a time. */
const blockSize = 256 * 1024;
/** A larger file is read up to what is wanted, and not counted. */
const mostCounted = 64 * 1024 * 1024;
/** A larger image is shown to nobody. */
const largestImage = 5 * 1024 * 1024;

/** Some lines of a text, or what else the file is. */
export const read = implemented(readLocalFile, readingErrors, async (parameters, { who, at, signal }) => {
  const { startLine = 1, endLine = Number.POSITIVE_INFINITY } = parameters;
  if (endLine < startLine) {
    const expected = 'a line at or behind startLine';
    throw new ApiError('INVALID_PARAMETER', `endLine: expected ${expected}`, { field: 'endLine', expected });
  }
  const path = at(parameters.path, 'path');
  const { descriptor, size } = openFile(who, path);
  try {
    const buffer = Buffer.allocUnsafeSlow(blockSize);
    const start = await readBlock(descriptor, buffer.subarray(0, enoughToTell), 0);
    const about = {
      filename: basename(path.absolute),
      path: path.absolute,
      fileType: extname(path.absolute).slice(1).toLowerCase() || 'txt',
      size,
    };
    const mimeType = mediaTypeOf(start);
    const kind = mimeType === undefined ? textKindOf(start) : undefined;
    if (!kind) return { ...about, ...described(mimeType, size) };
    const lines = new PickedLines(startLine, endLine);
    await decode(descriptor, buffer, kind, lines, { isWhole: size <= mostCounted, signal });
    return { ...about, ...lines.result() };
  } finally {
    closeSync(descriptor);
  }
});

/** Feeds the text to `lines`; all of it, or as much as is wanted. */
async function decode(
  descriptor: number,
  buffer: Buffer,
  { encoding, mark }: TextKind,
  lines: PickedLines,
  { isWhole, signal }: { isWhole: boolean; signal: AbortSignal },
): Promise<void> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for (let position = mark; ; ) {
    signal.throwIfAborted();
    const block = await readBlock(descriptor, buffer, position);
    position += block.length;
    lines.take(decoder.decode(block, { stream: block.length > 0 }));
    if (block.length === 0) return lines.end();
    if (!isWhole && lines.isComplete) return;
  }
}

function described(
  mimeType: string | undefined,
  size: number,
): Omit<Result, 'filename' | 'path' | 'fileType' | 'size'> {
  const shown = isImage(mimeType) && size <= largestImage;
  const kind = mimeType ?? 'application/octet-stream';
  const content = shown ? `An image (${kind}, ${size} bytes).` : `No text (${kind}, ${size} bytes): left out.`;
  const counts = { loc: [0, 0] as [number, number], totalLineCount: 0, charCount: 0, totalCharCount: 0 };
  return { content, mimeType: kind, ...counts, ...(shown ? { isImage: true } : { isBinary: true }) };
}
