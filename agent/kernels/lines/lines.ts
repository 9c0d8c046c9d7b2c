import { follow } from '../../processes/follow.ts';
import { ProcessInput } from '../../processes/input.ts';
import type { RunningProcess } from '../../processes/process.ts';
import { RingClosed } from '../../processes/ring.ts';

/** A line: its word, and what comes behind it. */
export interface Line {
  word: string;
  rest: string[];
}

export interface Listener {
  hear(line: Line): void;
  /** No more lines came for now. */
  pause(): void;
}

/** Lines are of about 100,000 characters at most, except a cell's value and its error, of which there is one. */
const maxLineLength = 64 * 1024 * 1024;
/** Of what it writes on standard error so much is kept. */
const lastWordsLength = 8192;

/** The lines that a program and the agent say to each other: PROTOCOL.md. The program waits until its own are read. */
export class Lines {
  /** Settles when the program has ended and all that it said was heard; never rejects. */
  readonly over: Promise<void>;
  readonly #process: RunningProcess;
  readonly #input: ProcessInput;
  readonly #listener: Listener;
  /** Parts of a line that has not ended. */
  #begun: string[] = [];
  #length = 0;
  #words = '';

  /** Hears what it says from a place in its ring on, or from its start. What was begun before is no line. */
  constructor(process: RunningProcess, from: number | undefined, listener: Listener) {
    this.#process = process;
    this.#input = new ProcessInput(process.dir);
    this.#listener = listener;
    this.over = this.#follow(from);
  }

  /** The last lines that it wrote on standard error. */
  get lastWords(): string[] {
    const text = this.#words.trim();
    return text === '' ? [] : text.split('\n');
  }

  say(word: string, ...rest: (string | number)[]): void {
    this.#input.write(Buffer.from(`${[word, ...rest].join(' ')}\n`));
  }

  close(): void {
    this.#input.close();
  }

  async #follow(from: number | undefined): Promise<void> {
    const signal = new AbortController().signal;
    const reached = (position: number) => this.#process.hold(position);
    try {
      for await (const { records } of follow(this.#process, { signal, from, reached })) {
        for (const { stream, data } of records) {
          if (stream === 'stdout') this.#take(data.toString('latin1'));
          else this.#words = (this.#words + data.toString()).slice(-lastWordsLength);
        }
        this.#listener.pause();
      }
    } catch (error) {
      if (!(error instanceof RingClosed)) throw error;
    }
  }

  #take(text: string): void {
    const [first = '', ...others] = text.split('\n');
    this.#add(first);
    for (const other of others) {
      const [word = '', ...rest] = this.#begun.join('').split(' ');
      this.#begun = [];
      this.#length = 0;
      this.#listener.hear({ word, rest });
      this.#add(other);
    }
  }

  /** What is longer than any line is cut. */
  #add(part: string): void {
    this.#length += part.length;
    if (part !== '' && this.#length <= maxLineLength) this.#begun.push(part);
  }
}

/** A text as it stands in a line. */
export function encodeText(text: string): string {
  return Buffer.from(text).toString('base64') || '=';
}

/** The bytes of a text in a line; none where there is none. */
export function decodeBytes(word: string | undefined): Buffer {
  return Buffer.from(word ?? '', 'base64');
}
