import { wholeCharacters } from '../../shared/streams/lines.ts';

/** More bytes than any character has in UTF-8 for each unit of its length in JavaScript. */
const characterBytes = 4;

/**
 * The beginning and the end of a stream of any length, in memory of a fixed size: what is told of an output that is longer
 * than its reader takes. Bytes that were missed count as left out.
 */
export class Excerpt {
  readonly #characters: number;
  /** Of each half. */
  readonly #room: number;
  #head: Buffer | undefined;
  #headBytes = 0;
  /** The byte at an offset is at that place modulo its length. */
  #tail: Buffer | undefined;
  #tailStart = 0;
  /** Bytes so far, missed ones included. */
  #end = 0;

  /** `characters`: as many as it tells at most. */
  constructor(characters: number) {
    this.#characters = characters;
    this.#room = Math.ceil(characters / 2) * characterBytes;
  }

  /** Takes the next bytes, which may be changed afterwards; `offset`: how many there were before them. */
  take(offset: number, data: Buffer): void {
    if (offset !== this.#end) this.#tailStart = offset;
    // Only as long as nothing was missed: it has no gaps.
    const begins = offset === this.#end && offset === this.#headBytes;
    const taken = begins ? this.#begin(data) : 0;
    if (begins && taken > 0) this.#tailStart = this.#headBytes;
    this.#end = offset + data.length;
    const from = Math.max(offset + taken, this.#end - this.#room);
    this.#tailStart = Math.max(this.#tailStart, this.#end - this.#room);
    if (from < this.#end) this.#append(from, data.subarray(from - offset));
  }

  /** As text, and whether anything is left out of it. */
  read(): { text: string; isCut: boolean } {
    const head = this.#head?.subarray(0, this.#headBytes) ?? Buffer.alloc(0);
    const tail = this.#rest();
    if (head.length + tail.length === this.#end) {
      const text = Buffer.concat([head, tail]).toString();
      if (text.length <= this.#characters) return { text, isCut: false };
      return { text: this.#cut(text, text), isCut: true };
    }
    const first = head.toString('utf8', 0, wholeCharacters(head, head.length));
    return { text: this.#cut(first, tail.subarray(firstCharacter(tail)).toString()), isCut: true };
  }

  #begin(data: Buffer): number {
    if (this.#headBytes === this.#room) return 0;
    this.#head ??= Buffer.allocUnsafeSlow(this.#room);
    const taken = data.copy(this.#head, this.#headBytes);
    this.#headBytes += taken;
    return taken;
  }

  #append(offset: number, data: Buffer): void {
    this.#tail ??= Buffer.allocUnsafeSlow(this.#room);
    const place = offset % this.#room;
    const beforeEnd = data.copy(this.#tail, place);
    data.copy(this.#tail, 0, beforeEnd);
  }

  #rest(): Buffer {
    const length = this.#end - this.#tailStart;
    if (!this.#tail || length <= 0) return Buffer.alloc(0);
    const place = this.#tailStart % this.#room;
    const last = this.#tail.subarray(place, Math.min(place + length, this.#room));
    return Buffer.concat([last, this.#tail.subarray(0, length - last.length)]);
  }

  #cut(head: string, tail: string): string {
    const half = Math.floor(this.#characters / 2);
    const first = head.slice(0, isHigh(head, half - 1) ? half - 1 : half);
    const from = Math.max(0, tail.length - half);
    const last = tail.slice(isLow(tail, from) ? from + 1 : from);
    const left = Math.max(0, this.#end - Buffer.byteLength(first) - Buffer.byteLength(last));
    return `${first}\n[… ${left} bytes left out …]\n${last}`;
  }
}

/** Where the first character begins of bytes that may start within one. */
function firstCharacter(bytes: Buffer): number {
  let at = 0;
  while (at < characterBytes - 1 && at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at += 1;
  return at;
}

function isHigh(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

function isLow(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
