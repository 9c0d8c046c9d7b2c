import type { Findings } from './findings.ts';

/** Lines around those that match: tells findings each line once, in order, that matches or is near enough to one that does. */
export class Surroundings {
  readonly #findings: Findings;
  readonly #before: number;
  readonly #after: number;
  #last: [lineNumber: number, text: string][] = [];
  #toTell = 0;

  constructor(findings: Findings, { before, after }: { before: number; after: number }) {
    this.#findings = findings;
    this.#before = before;
    this.#after = after;
  }

  /** False: only lines that match are of interest. */
  get areWanted(): boolean {
    return this.#before > 0 || this.#after > 0;
  }

  /** The next line. */
  take(lineNumber: number, text: string, isMatch: boolean): void {
    if (isMatch) {
      for (const [number, line] of this.#last) this.#findings.line(number, line, false);
      this.#last = [];
      this.#findings.line(lineNumber, text, true);
      this.#toTell = this.#after;
    } else if (this.#toTell > 0) {
      this.#findings.line(lineNumber, text, false);
      this.#toTell -= 1;
    } else if (this.#before > 0) {
      this.#last.push([lineNumber, text]);
      if (this.#last.length > this.#before) this.#last.shift();
    }
  }
}
