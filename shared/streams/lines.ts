const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts a stream of bytes into lines at \n, \r\n or \r. Where it cuts follows from the bytes alone and never from how they
 * arrived, so that a second reading yields the same lines. A line longer than `maxBytes` comes in parts, and a character of
 * several bytes is never cut in two; bytes that are not UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #afterReturn = false;

  constructor(maxBytes: number) {
    this.#maxBytes = Math.max(4, maxBytes);
  }

  /**
   * Hands `emit` every line that `chunk` completes, without its end, and the number of the last byte that was needed to know
   * it; `position` counts the bytes before the chunk.
   */
  push(chunk: Buffer, position: number, emit: (text: string, end: number) => void): void {
    let start = 0;
    if (this.#afterReturn && chunk.length > 0) {
      this.#afterReturn = false;
      if (chunk[0] === lineFeed) start = 1;
    }
    // Looking for \r costs a second pass only where there is one at all.
    let nextReturn = chunk.indexOf(carriageReturn, start);
    while (start < chunk.length) {
      const nextFeed = chunk.indexOf(lineFeed, start);
      let at = nextFeed;
      if (nextReturn !== -1 && (nextFeed === -1 || nextReturn < nextFeed)) at = nextReturn;
      if (at === -1) break;
      this.#emitLine(chunk, start, at, position, emit);
      start = at + 1;
      if (at === nextReturn) {
        if (start === chunk.length) this.#afterReturn = true;
        else if (chunk[start] === lineFeed) start += 1;
        nextReturn = chunk.indexOf(carriageReturn, start);
      }
    }
    if (start < chunk.length) this.#keep(chunk, start, position, emit);
  }

  /** The rest that no line end followed, undefined when there is none. */
  flush(): string | undefined {
    if (this.#partialBytes === 0) return undefined;
    return this.#take().toString();
  }

  #emitLine(
    chunk: Buffer,
    start: number,
    at: number,
    position: number,
    emit: (text: string, end: number) => void,
  ): void {
    if (this.#partialBytes === 0 && at - start <= this.#maxBytes) {
      emit(chunk.toString('utf8', start, at), position + at + 1);
      return;
    }
    this.#keep(chunk, start, position, emit, at);
    emit(this.#take().toString(), position + at + 1);
  }

  /** Adds to the unfinished line, and hands on parts of it as often as it is too long. */
  #keep(
    chunk: Buffer,
    start: number,
    position: number,
    emit: (text: string, end: number) => void,
    end = chunk.length,
  ): void {
    this.#partial.push(chunk.subarray(start, end));
    this.#partialBytes += end - start;
    while (this.#partialBytes > this.#maxBytes) {
      // The byte that made it too long: the same one however the bytes arrived.
      const tooMuch = end - this.#partialBytes + this.#maxBytes;
      const all = this.#take();
      const cut = wholeCharacters(all, this.#maxBytes);
      this.#partial = [all.subarray(cut)];
      this.#partialBytes = all.length - cut;
      emit(all.toString('utf8', 0, cut), position + tooMuch + 1);
    }
  }

  #take(): Buffer {
    const all = this.#partial.length === 1 ? this.#partial[0]! : Buffer.concat(this.#partial);
    this.#partial = [];
    this.#partialBytes = 0;
    return all;
  }
}

/** The longest prefix of at most `limit` bytes that doesn't end inside a UTF-8 character. */
export function wholeCharacters(bytes: Buffer, limit: number): number {
  if (limit >= bytes.length && !endsInside(bytes)) return bytes.length;
  let cut = Math.min(limit, bytes.length);
  if (cut < bytes.length) {
    // The byte after the cut starts a character unless it is a continuation byte; three of those are the most there can be.
    for (let back = 0; back < 4 && cut > 0; back += 1, cut -= 1) {
      if ((bytes[cut]! & 0xc0) !== 0x80) return cut;
    }
    return Math.min(limit, bytes.length);
  }
  return cut - unfinished(bytes);
}

function endsInside(bytes: Buffer): boolean {
  return unfinished(bytes) > 0;
}

/** How many bytes at the end belong to a character whose rest is missing. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? back : 0;
  }
  return 0;
}
