const newline = 10;

/**
 * Picks some lines of a text that comes block by block: from line `offset`, counted from 1, at most `limit`, as they are and without
 * the newline after the last. Lines may have any length.
 */
export class Lines {
  #toSkip: number;
  #left: number;
  /** The newline after a line belongs to the answer only if a line follows. */
  #held = false;

  constructor(offset: number, limit: number) {
    this.#toSkip = offset - 1;
    this.#left = limit;
  }

  /** Nothing of the blocks to come is wanted. */
  get complete(): boolean {
    return this.#left === 0;
  }

  /** What the answer has of the next block. */
  pick(block: Buffer): Buffer[] {
    let start = 0;
    for (; this.#toSkip > 0; this.#toSkip -= 1) {
      const end = block.indexOf(newline, start);
      if (end === -1) return [];
      start = end + 1;
    }
    let end = start;
    while (this.#left > 0 && end < block.length) {
      const next = block.indexOf(newline, end);
      end = next === -1 ? block.length : next + 1;
      if (next !== -1) this.#left -= 1;
    }
    if (start === end) return [];
    const before = this.#held ? [Buffer.from('\n')] : [];
    this.#held = block[end - 1] === newline;
    return [...before, block.subarray(start, this.#held ? end - 1 : end)];
  }
}
