import { readBlock } from '../../files/descriptors.ts';
import { enoughToTell, textKindOf } from '../files/text-kind.ts';
import type { OpenedFile } from './read-files.ts';

/** Bytes that are read at a time. */
const blockSize = 256 * 1024;

/** Whether a text file has a text, in upper or lower case; never for one that is no text. */
export async function contentHas({ descriptor }: OpenedFile, text: string, signal: AbortSignal): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(blockSize);
  const kind = textKindOf(await readBlock(descriptor, buffer.subarray(0, enoughToTell), 0));
  if (!kind) return false;
  const wanted = text.toLowerCase();
  const decoder = new TextDecoder(kind.encoding);
  let rest = '';
  for (let position = kind.mark; ; ) {
    signal.throwIfAborted();
    const block = await readBlock(descriptor, buffer, position);
    position += block.length;
    const piece = rest + decoder.decode(block, { stream: block.length > 0 }).toLowerCase();
    if (piece.includes(wanted)) return true;
    if (block.length === 0) return false;
    // What begins here may end in the next.
    rest = piece.slice(Math.max(0, piece.length - wanted.length + 1));
  }
}
