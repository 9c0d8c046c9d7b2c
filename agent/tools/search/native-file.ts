import { readBlock } from '../../files/descriptors.ts';
import { type TextKind, textKindOf } from '../files/text-kind.ts';
import type { Expression } from './expression.ts';
import type { Findings } from './findings.ts';
import { lineMatches } from './line-matches.ts';
import type { OpenedFile } from './read-files.ts';
import { Surroundings } from './surroundings.ts';

/** Bytes that are read at a time. */
const blockSize = 256 * 1024;
/** Bytes that tell whether a whole file is text. */
const wholeLooked = 64 * 1024;
/** Bytes that are held in memory: of a line, or of a file whose matches may span lines. */
export const mostHeld = 16 * 1024 * 1024;

export interface NativeSearch {
  expression: Expression;
  findings: Findings;
  around: { before: number; after: number };
  multiline: boolean;
  /** Interrupts what takes too long. */
  limited: <T>(work: () => T) => T;
  signal: AbortSignal;
}

/** Searches one file. False where it could not be: a line of it, or all of it, is longer than can be held. */
export async function searchFile(file: OpenedFile, search: NativeSearch): Promise<boolean> {
  const { findings, signal, multiline, limited } = search;
  const buffer = Buffer.allocUnsafe(Math.min(blockSize, Math.max(file.size + 1, 4096)));
  const around = new Surroundings(findings, search.around);
  let kind: TextKind | undefined;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let rest = '';
  let lineNumber = 1;
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const block = await readBlock(file.descriptor, buffer, position);
    kind ??= textKindOf(block);
    // As ripgrep does: of a whole file, only the beginning is looked at.
    const looked = multiline ? block.subarray(0, Math.max(0, wholeLooked - position)) : block;
    if (!kind || (kind.encoding === 'utf-8' && looked.includes(0))) {
      findings.end({ isText: false });
      return true;
    }
    decoder ??= new TextDecoder(kind.encoding);
    position += block.length;
    const text = rest + decoder.decode(block, { stream: block.length > 0 });
    const isEnd = block.length === 0;
    const cut = isEnd ? text.length : multiline ? 0 : text.lastIndexOf('\n') + 1;
    rest = text.slice(cut);
    if (rest.length > mostHeld) {
      findings.end({ isText: false });
      return false;
    }
    if (cut > 0) lineNumber = limited(() => lineMatches(text.slice(0, cut), lineNumber, search, around));
    if (isEnd) break;
  }
  findings.end();
  return true;
}
