import { Occurrences } from '../../files/occurrences.ts';

/** A content with something replaced in it. */
export interface Replaced {
  /** Bytes of the new content. */
  size: number;
  content(): Buffer;
  /** Where it stood in the old content. */
  positions: number[];
}

/** Replaces every occurrence of some bytes, from the left, and leaves all others as they are. `unit`: bytes of a character's place. */
export function replaced(before: Buffer, search: Buffer, replacement: Buffer): Replaced {
  const pieces: Uint8Array[] = [];
  const positions: number[] = [];
  let read = 0;
  const occurrences = new Occurrences(search);
  const sink = {
    keep: (bytes: Uint8Array) => {
      pieces.push(bytes);
      read += bytes.length;
    },
    found: () => {
      positions.push(read);
      pieces.push(replacement);
      read += search.length;
    },
  };
  occurrences.read(before, sink);
  occurrences.end(sink);
  const size = before.length + positions.length * (replacement.length - search.length);
  return { size, content: () => Buffer.concat(pieces, size), positions };
}
