import { join } from 'node:path';
import type { Findings } from './findings.ts';
import type { Survey } from './survey.ts';

/** Text, or bytes that are none, as ripgrep writes both. */
type Data = { text: string } | { bytes: string };

/** The messages of `rg --json` that are of interest. */
type Message =
  | { type: 'begin'; data: { path: Data } }
  | { type: 'match' | 'context'; data: { lines: Data; line_number: number } }
  | { type: 'end'; data: { binary_offset: number | null } }
  | { type: 'summary' };

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
      else this.#read(JSON.parse(line) as Message);
    }
    if (this.#rest.length <= longestMessage && !this.#isTooLong) return;
    if (!this.#isTooLong) this.#survey.skipShown(this.#path);
    this.#isTooLong = true;
    this.#rest = '';
  }

  /** That was all. Notes what could not be searched; answers what is wrong with the expression, if anything is. */
  end(): string | undefined {
    if (this.#findings.isOpen) this.#findings.end();
    if (/^(?:rg: )?(?:error: )?regex (?:parse|could)|^error parsing|invalid/m.test(this.#complaints)) {
      return lastLineOf(this.#complaints);
    }
    for (const line of this.#complaints.split('\n')) {
      const path = /^(?:rg: )?(.+?): (?:IO error .*?: )?[^:]*\(os error \d+\)$/.exec(line)?.[1];
      if (path) this.#survey.skipShown(join(this.#cwd, path));
    }
    return undefined;
  }

  #read(message: Message): void {
    if (message.type === 'begin') {
      this.#path = join(this.#cwd, textOf(message.data.path));
      this.#findings.begin(this.#path);
    } else if (message.type === 'end') {
      this.#findings.end({ isText: message.data.binary_offset === null });
    } else if (message.type === 'match' || message.type === 'context') {
      const text = textOf(message.data.lines).replace(/\r?\n$/, '');
      for (const [index, line] of text.split(/\r?\n/).entries()) {
        this.#findings.line(message.data.line_number + index, line, message.type === 'match');
      }
    }
  }
}

function textOf(data: Data): string {
  return 'text' in data ? data.text : Buffer.from(data.bytes, 'base64').toString();
}

function lastLineOf(text: string): string {
  return text
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^(?:rg: )?error: /, '')
    .slice(0, 300);
}
