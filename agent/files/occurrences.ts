/** Gets the text in parts: what stays as it is, and where a searched string stood. */
export interface Sink {
  keep(bytes: Uint8Array): void;
  found(): void;
}

/**
 * Finds a byte string in a text that comes block by block: each occurrence from the left that doesn't overlap the one before.
 * Knuth-Morris-Pratt: the time is linear whatever the string (Buffer.indexOf takes seconds for 64 KiB and a crafted one), and an
 * occurrence that spans blocks needs nothing special.
 */
export class Occurrences {
  readonly #wanted: Uint8Array;
  /** For each length of a partial match, the next shorter one that it ends with. */
  readonly #shorter: Int32Array;
  /** How many bytes of `wanted` the text read so far ends with. They were not handed on yet. */
  #matched = 0;

  /** @param wanted at least one byte */
  constructor(wanted: Uint8Array) {
    this.#wanted = wanted;
    this.#shorter = new Int32Array(wanted.length + 1);
    for (let length = 0, index = 1; index < wanted.length; index += 1) {
      while (length > 0 && wanted[index] !== wanted[length]) length = this.#shorter[length]!;
      if (wanted[index] === wanted[length]) length += 1;
      this.#shorter[index + 1] = length;
    }
  }

  /** Takes the next block. */
  read(block: Buffer, sink: Sink): void {
    let index = 0;
    while (index < block.length) {
      if (this.#matched === 0) {
        const next = block.indexOf(this.#wanted[0]!, index);
        const end = next === -1 ? block.length : next;
        if (end > index) sink.keep(block.subarray(index, end));
        index = end;
        if (next === -1) return;
      }
      if (block[index] === this.#wanted[this.#matched]) {
        this.#matched += 1;
        index += 1;
        if (this.#matched < this.#wanted.length) continue;
        this.#matched = 0;
        sink.found();
      } else {
        this.#release(this.#shorter[this.#matched]!, sink);
      }
    }
  }

  /** Ends the text: a partial match was none. */
  end(sink: Sink): void {
    this.#release(0, sink);
  }

  #release(matched: number, sink: Sink): void {
    const released = this.#matched - matched;
    if (released > 0) sink.keep(this.#wanted.subarray(0, released));
    this.#matched = matched;
  }
}
