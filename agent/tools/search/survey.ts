import { type BytePath, shown } from '../../files/byte-path.ts';

/** Milliseconds that a search may take: whoever waits for longer is better off with a narrower one. */
const patience = 30_000;
/** Names of what was left out that are told. */
const mostNamed = 20;

/** What a search has left out: what it could not look into, and what it had no time for. */
export class Survey {
  readonly #until = performance.now() + patience;
  readonly #skipped: string[] = [];
  #skippedCount = 0;
  #isCut = false;

  /** Notes something that could not be looked into. */
  skip(path: BytePath): void {
    this.skipShown(shown(path));
  }

  /** The same, of a path as people see it. */
  skipShown(path: string): void {
    this.#skippedCount += 1;
    if (this.#skipped.length < mostNamed) this.#skipped.push(path);
  }

  /** True when there is no time left. */
  get isOver(): boolean {
    this.#isCut ||= performance.now() > this.#until;
    return this.#isCut;
  }

  /** Ends the search before its time. */
  cut(): void {
    this.#isCut = true;
  }

  /** What the answer says of it, beside other notices. */
  told(...notices: (string | undefined)[]): { skipped?: string[]; notice?: string } {
    const all = [
      ...notices.filter((notice) => notice !== undefined),
      ...(this.#isCut ? ['The search was broken off before it was through: search in a smaller directory.'] : []),
      ...(this.#skippedCount > mostNamed ? [`${this.#skippedCount} places could not be looked into.`] : []),
    ];
    return {
      ...(this.#skipped.length > 0 && { skipped: this.#skipped }),
      ...(all.length > 0 && { notice: all.join(' ') }),
    };
  }
}
