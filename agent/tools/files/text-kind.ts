/** How a file's bytes are read. */
export interface TextKind {
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Bytes before the text that say so. */
  mark: number;
}

/** Bytes that are enough to tell. */
export const enoughToTell = 8192;

/** Which text a file's first bytes begin; undefined where it is none: a NUL is in no text but one that says it is UTF-16. */
export function textKindOf(start: Uint8Array): TextKind | undefined {
  const [a, b, c] = start;
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', mark: 2 };
  if (start.includes(0)) return undefined;
  return { encoding: 'utf-8', mark: a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0 };
}

/** Text in the bytes of a kind. */
export function encoded(text: string, { encoding }: TextKind): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}
