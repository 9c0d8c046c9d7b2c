import type { z } from 'zod';
import type { grepContent } from '../../../shared/api/tools/grep-content.ts';
import { mostCharacters } from '../../../shared/api/tools/read-local-file.ts';

type Result = z.input<typeof grepContent.result>;
type Parameters = z.infer<typeof grepContent.parameters>;

/** Characters of one line. */
const longestLine = 2000;
/** Lines or files of one answer, unless more are asked for. */
const usualLimit = 250;

/** What a search has found, as far as the answer has it, and how much there is in all. A file's lines come in order, file by file. */
export class Findings {
  readonly #mode: NonNullable<Parameters['output_mode']>;
  readonly #isNumbered: boolean;
  readonly #limit: number;
  readonly #matches: Result['matches'] = [];
  #characters = 0;
  #total = 0;
  #left = 0;
  #path = '';
  #inFile = 0;
  /** How all was before this file: one that turns out to be no text is as if it had not been there. */
  #before = { matches: 0, characters: 0, left: 0 };

  constructor({ output_mode: mode = 'content', '-n': isNumbered = true, head_limit: limit = usualLimit }: Parameters) {
    this.#mode = mode;
    this.#isNumbered = isNumbered;
    this.#limit = limit;
  }

  /** The lines to come are this file's. */
  begin(path: string): void {
    this.#path = path;
    this.#inFile = 0;
    this.#before = { matches: this.#matches.length, characters: this.#characters, left: this.#left };
  }

  /** A line that matches, or one around it. */
  line(lineNumber: number, text: string, isMatch: boolean): void {
    if (isMatch) this.#inFile += 1;
    if (this.#mode !== 'content') return;
    const content = text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
    this.#add({
      path: this.#path,
      ...(this.#isNumbered && { lineNumber }),
      content,
      ...(!isMatch && { isContext: true }),
    });
  }

  /** That was the file. `isText`: false for one whose lines don't count after all. */
  end({ isText = true }: { isText?: boolean } = {}): void {
    const count = this.#inFile;
    if (!isText) {
      this.#matches.length = this.#before.matches;
      this.#characters = this.#before.characters;
      this.#left = this.#before.left;
    } else if (count > 0) {
      if (this.#mode === 'files_with_matches') this.#add({ path: this.#path });
      if (this.#mode === 'count') this.#add({ path: this.#path, count });
      this.#total += this.#mode === 'files_with_matches' ? 1 : count;
    }
    this.#path = '';
  }

  /** A file is being read. */
  get isOpen(): boolean {
    return this.#path !== '';
  }

  /** What the answer has, and what is said of what it hasn't. */
  result(): Pick<Result, 'matches' | 'totalMatches'> & { notice: string | undefined } {
    const what = this.#mode === 'content' ? 'lines' : 'files';
    const notice =
      this.#left > 0
        ? `${this.#left} more ${what} are left out: narrow the search, ask for files_with_matches or count, or raise head_limit (an answer has ${mostCharacters} characters at most).`
        : undefined;
    return { matches: this.#matches, totalMatches: this.#total, notice };
  }

  #add(match: Result['matches'][number]): void {
    const characters = match.path.length + (match.content?.length ?? 0);
    // What is left out is the end, and nothing in between.
    const isFull = this.#left > 0 || this.#matches.length >= this.#limit;
    if (isFull || this.#characters + characters > mostCharacters) {
      this.#left += 1;
      return;
    }
    this.#characters += characters;
    this.#matches.push(match);
  }
}
