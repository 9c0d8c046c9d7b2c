/** A line of a text, counted from 1, without what ends it; or what was expected of it. */
export type Line = { number: number } & ({ text: string } | { expected: string });

const newline = 0x0a;

/**
 * The lines of UTF-8. One that is too long, or is not UTF-8, is told of and does not stop the rest; no more than one is held. A byte
 * order mark at the beginning and a carriage return at an end are not part of a line.
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>, mostBytes = 1024 * 1024): AsyncGenerator<Line> {
  let number = 1;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const hold = (piece: Uint8Array) => {
    heldBytes += piece.length;
    if (heldBytes <= mostBytes) held.push(piece);
    else held = [];
  };
  const take = (): Line => {
    const line = heldBytes > mostBytes ? { expected: `a line of at most ${mostBytes} bytes` } : decoded(held);
    held = [];
    heldBytes = 0;
    return { number: number++, ...line };
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      hold(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    if (from < chunk.length) hold(chunk.subarray(from));
  }
  if (heldBytes > 0) yield take();
}

function decoded(pieces: Uint8Array[]): { text: string } | { expected: string } {
  try {
    // It takes a byte order mark off, too: at the beginning of any line, where none has a meaning.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { expected: 'a line in UTF-8' };
  }
}
