import { isAscii } from 'node:buffer';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What JSON escapes within ASCII, line ends aside. */
const escapedByJson = /["\\\u0000-\u0009\u000b\u000c\u000e-\u001f]/;

/** What text may be made of: `plain` is ASCII that JSON has as it is, between quotes; `any` says nothing. */
export type Charset = 'plain' | 'ascii' | 'any';

/** Takes a line without its end, the number of the last byte that was needed to know it, and the end, which a part of a line has not. */
export type TakeLine = (text: string, end: number, charset: Charset, ending: '\n' | '\r' | '') => void;

/**
 * Cuts a stream of bytes into lines at \n, \r\n or \r. Where it cuts follows from the bytes alone and never from how they
 * arrived, so that a second reading yields the same lines. A line longer than `maxBytes` comes in parts, and a character of
 * several bytes is never cut in two; bytes that are not UTF-8 become U+FFFD.
 *
 * With `keepsEnds`, lines and their ends put together are the bytes again: the \n of a \r\n is an empty line of its own then,
 * for a \r that may be a progress bar's must not wait for it.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #keepsEnds: boolean;
  /** The unfinished line: a copy, since a piece of a chunk keeps the whole chunk in memory. */
  #partial = Buffer.alloc(0);
  #partialBytes = 0;
  #partialCharset: Charset = 'plain';
  #afterReturn = false;

  constructor(maxBytes: number, { keepsEnds = false } = {}) {
    this.#maxBytes = Math.max(4, maxBytes);
    this.#keepsEnds = keepsEnds;
  }

  /** Hands `emit` every line that `chunk` completes; `position` counts the bytes before the chunk. */
  push(chunk: Buffer, position: number, emit: TakeLine): void {
    let start = 0;
    if (this.#afterReturn && chunk.length > 0) {
      this.#afterReturn = false;
      if (chunk[0] === lineFeed) start = 1;
    }
    // Bytes and characters are the same then: decoded and looked over once, most output costs half as much.
    const ascii = isAscii(chunk) ? chunk.toString('latin1') : undefined;
    const charset = ascii === undefined ? 'any' : escapedByJson.test(ascii) ? 'ascii' : 'plain';
    // Looking for \r costs a second pass only where there is one at all.
    let nextReturn = chunk.indexOf(carriageReturn, start);
    while (start < chunk.length) {
      const nextFeed = ascii === undefined ? chunk.indexOf(lineFeed, start) : ascii.indexOf('\n', start);
      let at = nextFeed;
      if (nextReturn !== -1 && (nextFeed === -1 || nextReturn < nextFeed)) at = nextReturn;
      if (at === -1) break;
      if (this.#partialBytes === 0 && at - start <= this.#maxBytes) {
        const line = ascii === undefined ? chunk.toString('utf8', start, at) : ascii.substring(start, at);
        emit(line, position + at + 1, charset, at === nextReturn ? '\r' : '\n');
      } else {
        this.#keep(chunk, start, at, charset, position, emit);
        const whole = this.#partialCharset;
        emit(this.#take(), position + at + 1, whole, at === nextReturn ? '\r' : '\n');
      }
      start = at + 1;
      if (at === nextReturn) {
        if (!this.#keepsEnds) {
          if (start === chunk.length) this.#afterReturn = true;
          else if (chunk[start] === lineFeed) start += 1;
        }
        nextReturn = chunk.indexOf(carriageReturn, start);
      }
    }
    this.#keep(chunk, start, chunk.length, charset, position, emit);
  }

  /** The rest that no line end followed, undefined when there is none. */
  flush(): string | undefined {
    return this.#partialBytes === 0 ? undefined : this.#take();
  }

  /** Starts anew behind a gap. Returns how many bytes of an unfinished line are given up, whose rest is lost. */
  skip(): number {
    const givenUp = this.#partialBytes;
    this.#take();
    this.#afterReturn = false;
    return givenUp;
  }

  /** Adds to the unfinished line, and hands on parts of it as often as it is too long. */
  #keep(chunk: Buffer, from: number, end: number, charset: Charset, position: number, emit: TakeLine): void {
    let start = from;
    if (start < end && this.#partialCharset !== 'any' && charset !== 'plain') this.#partialCharset = charset;
    while (start < end) {
      const length = Math.min(end - start, this.#maxBytes + 1 - this.#partialBytes);
      this.#append(chunk, start, length);
      start += length;
      if (this.#partialBytes <= this.#maxBytes) return;
      // The byte that made it too long is the same one however the bytes arrived.
      const cut = wholeCharacters(this.#partial.subarray(0, this.#partialBytes), this.#maxBytes);
      emit(this.#partial.toString('utf8', 0, cut), position + start, this.#partialCharset, '');
      this.#partial.copyWithin(0, cut, this.#partialBytes);
      this.#partialBytes -= cut;
    }
  }

  #append(chunk: Buffer, start: number, length: number): void {
    const needed = this.#partialBytes + length;
    if (needed > this.#partial.length) {
      const larger = Buffer.alloc(Math.min(this.#maxBytes + 1, needed * 2));
      this.#partial.copy(larger, 0, 0, this.#partialBytes);
      this.#partial = larger;
    }
    chunk.copy(this.#partial, this.#partialBytes, start, start + length);
    this.#partialBytes = needed;
  }

  #take(): string {
    const line = this.#partial.toString('utf8', 0, this.#partialBytes);
    this.#partialBytes = 0;
    this.#partialCharset = 'plain';
    return line;
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
