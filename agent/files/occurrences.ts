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
  /** How many bytes of `wanted` the text ends with, as far as it was read. They are not handed on yet. */
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
    const wanted = this.#wanted;
    const carried = this.#matched;
    let matched = carried;
    // Where the text is not handed on yet; below 0 it is what earlier blocks ended with.
    let kept = -carried;
    const keep = (end: number) => {
      if (kept < 0 && kept < end) sink.keep(wanted.subarray(carried + kept, carried + Math.min(end, 0)));
      if (end > 0 && kept < end) sink.keep(block.subarray(Math.max(kept, 0), end));
    };
    for (let index = 0; index < block.length; ) {
      if (matched === 0) {
        index = block.indexOf(wanted[0]!, index);
        if (index === -1) break;
      }
      if (block[index] !== wanted[matched]) {
        matched = this.#shorter[matched]!;
        continue;
      }
      index += 1;
      matched += 1;
      if (matched < wanted.length) continue;
      keep(index - wanted.length);
      sink.found();
      kept = index;
      matched = 0;
    }
    keep(block.length - matched);
    this.#matched = matched;
  }

  /** Ends the text: a partial match was none. */
  end(sink: Sink): void {
    if (this.#matched > 0) sink.keep(this.#wanted.subarray(0, this.#matched));
    this.#matched = 0;
  }
}
