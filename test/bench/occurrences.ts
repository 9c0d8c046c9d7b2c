/** Counts how often some bytes occur in a stream, wherever it is cut. They must not overlap themselves. */
export class Occurrences {
  readonly #needle: Buffer;
  /** The last bytes of what came before, one less than the needle has. */
  #tail = Buffer.alloc(0);
  count = 0;

  constructor(text: string) {
    this.#needle = Buffer.from(text);
  }

  push(chunk: Buffer): void {
    const most = this.#needle.length - 1;
    // Only what begins in the tail and ends in the chunk can occur in these; nothing is counted twice.
    if (most > 0) this.#countIn(Buffer.concat([this.#tail, chunk.subarray(0, most)]));
    this.#countIn(chunk);
    if (most > 0) {
      const end = chunk.length >= most ? chunk : Buffer.concat([this.#tail, chunk]);
      this.#tail = Buffer.from(end.subarray(Math.max(0, end.length - most)));
    }
  }

  #countIn(bytes: Buffer): void {
    const needle = this.#needle;
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length)) this.count += 1;
  }
}
