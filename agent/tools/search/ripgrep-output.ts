import { join } from 'node:path';
import type { Findings } from './findings.ts';
import { type Message, messageIn, textOf } from './ripgrep-messages.ts';
import type { Survey } from './survey.ts';

/** Characters of one message: a line of a text, and where in it the matches are. */
const longestMessage = 8 * 1024 * 1024;
/** Characters of what it complains of. */
const mostComplaints = 64 * 1024;

/** Reads what ripgrep puts out, as it comes. */
export class RipgrepOutput {
  readonly #cwd: string;
  readonly #findings: Findings;
  readonly #survey: Survey;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #complaints = '';
  #path = '';
  /** The message that is being read is longer than can be held. */
  #isTooLong = false;
  #isWhole = false;
  #isOdd = false;

  constructor(cwd: string, findings: Findings, survey: Survey) {
    this.#cwd = cwd;
    this.#findings = findings;
    this.#survey = survey;
  }

  /** The next bytes. */
  take(stream: 'stdout' | 'stderr', data: Buffer): void {
    if (stream === 'stderr') {
      if (this.#complaints.length < mostComplaints) this.#complaints += data.toString();
      return;
    }
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (this.#isTooLong) this.#isTooLong = false;
      else this.#read(messageIn(line));
    }
    if (this.#rest.length <= longestMessage && !this.#isTooLong) return;
    if (!this.#isTooLong) this.#survey.skipShown(this.#path);
    this.#isTooLong = true;
    this.#rest = '';
  }

  /** It has said what no ripgrep says. */
  get isOdd(): boolean {
    return this.#isOdd;
  }

  /** It has said that it is through. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What it says is wrong with the expression, if anything is. */
  get problem(): string | undefined {
    if (!/^(?:rg: )?(?:error: )?(?:regex (?:parse|could)|error parsing|regex compile)/m.test(this.#complaints))
      return undefined;
    return lastLineOf(this.#complaints);
  }

  /** That was all: notes what it could not search. */
  end(): void {
    if (this.#findings.isOpen) this.#findings.end();
    for (const line of this.#complaints.split('\n')) {
      const path = /^(?:rg: )?(.+?): (?:IO error .*?: )?[^:]*\(os error \d+\)$/.exec(line)?.[1];
      if (path) this.#survey.skipShown(join(this.#cwd, path));
    }
  }

  #read(message: Message | 'odd' | undefined): void {
    if (message === undefined) return;
    if (message === 'odd' || (!this.#findings.isOpen && isOfFile(message))) {
      this.#isOdd = true;
    } else if (message.type === 'begin') {
      this.#path = join(this.#cwd, textOf(message.data.path));
      this.#findings.begin(this.#path);
    } else if (message.type === 'end') {
      this.#findings.end({ isText: message.data.binary_offset === null });
    } else if (message.type === 'summary') {
      this.#isWhole = true;
    } else {
      const text = textOf(message.data.lines).replace(/\r?\n$/, '');
      for (const [index, line] of text.split(/\r?\n/).entries()) {
        this.#findings.line(message.data.line_number + index, line, message.type === 'match');
      }
    }
  }
}

/** Whether a message is about the file that is open. */
function isOfFile({ type }: Message): boolean {
  return type === 'match' || type === 'context' || type === 'end';
}

function lastLineOf(text: string): string {
  return text
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^(?:rg: )?error: /, '')
    .slice(0, 300);
}
