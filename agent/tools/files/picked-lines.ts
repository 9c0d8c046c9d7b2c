import type { z } from 'zod';
import { mostCharacters, type readLocalFile } from '../../../shared/api/tools/read-local-file.ts';

type Result = z.input<typeof readLocalFile.result>;

/** Picks lines of a text that comes piece by piece, as many as an answer may have, and counts all. */
export class PickedLines {
  readonly #first: number;
  readonly #last: number;
  /** The lines, with their ends. */
  #text = '';
  #lineNumber = 1;
  /** Where the line that is being read begins in `#text`. */
  #lineStart = 0;
  /** The last whole line in `#text`. */
  #loc: [number, number] = [0, 0];
  /** Characters of the line that is being read. */
  #lineLength = 0;
  #isFull = false;
  #characters = 0;
  #isAtEnd = false;

  /** Counted from 1, both included. */
  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
  }

  /** Nothing of what comes is wanted. */
  get isComplete(): boolean {
    return this.#isFull || this.#lineNumber > this.#last;
  }

  take(piece: string): void {
    this.#characters += piece.length;
    for (let start = 0; start < piece.length; ) {
      const newline = piece.indexOf('\n', start);
      const end = newline === -1 ? piece.length : newline + 1;
      if (this.#lineNumber >= this.#first && !this.isComplete) this.#keep(piece.slice(start, end));
      this.#lineLength += end - start;
      if (newline !== -1) this.#endLine();
      start = end;
    }
  }

  /** There is no more text. */
  end(): void {
    if (this.#lineLength > 0) this.#endLine();
    this.#isAtEnd = true;
  }

  /** What the answer says of the text. */
  result(): Pick<Result, 'content' | 'loc' | 'charCount' | 'totalLineCount' | 'totalCharCount' | 'notice'> {
    const content = this.#text.replace(/\r?\n$/, '');
    const notice = this.#notice();
    return {
      content,
      loc: this.#loc,
      charCount: content.length,
      ...(this.#isAtEnd && { totalLineCount: this.#lines, totalCharCount: this.#characters }),
      ...(notice !== undefined && { notice }),
    };
  }

  get #lines(): number {
    return this.#lineNumber - 1;
  }

  #keep(part: string): void {
    this.#text += part;
    // The end of a line is not among the characters that count.
    if (this.#text.length <= mostCharacters + 2) return;
    this.#isFull = true;
    const isFirst = this.#lineStart === 0;
    this.#text = isFirst ? this.#text.slice(0, mostCharacters) : this.#text.slice(0, this.#lineStart);
    if (isFirst) this.#loc = [this.#lineNumber, this.#lineNumber];
  }

  #endLine(): void {
    if (this.#lineNumber >= this.#first && !this.isComplete) {
      this.#loc = [this.#first, this.#lineNumber];
      this.#lineStart = this.#text.length;
    }
    this.#lineNumber += 1;
    this.#lineLength = 0;
  }

  #notice(): string | undefined {
    const [from, to] = this.#loc;
    const of = this.#isAtEnd ? ` of ${this.#lines}` : '';
    if (from === 0 && this.#first > 1) return `There is no line ${this.#first}: the file has ${this.#lines}.`;
    if (this.#isFull && this.#lineStart === 0) {
      return `Line ${from}${of} is longer than ${mostCharacters} characters, and cut there: use a command for the rest of it.`;
    }
    const isCut = to < this.#last && !(this.#isAtEnd && to === this.#lines);
    return isCut ? `Lines ${from} to ${to}${of}: go on with startLine ${to + 1}.` : undefined;
  }
}
