import type { Cell, CellEnd, CellOutcome } from '../kernel.ts';
import { decodeBytes, type Line } from './lines.ts';

/** One cell as a program tells of it in lines. */
export class LineCell {
  readonly number: number;
  readonly ended: Promise<CellEnd>;
  readonly #take: Cell['take'];
  readonly #decoders = { stdout: newDecoder(), stderr: newDecoder() };
  readonly #end: (end: CellEnd) => void;
  #error: CellOutcome['error'];
  /** What one stream said last, and was not told yet: a program may write a line for every few characters. */
  #said: { name: 'stdout' | 'stderr'; text: string } = { name: 'stdout', text: '' };

  constructor(number: number, { take }: Cell) {
    this.number = number;
    this.#take = take;
    const { promise, resolve } = Promise.withResolvers<CellEnd>();
    this.ended = promise;
    this.#end = resolve;
  }

  hear({ word, rest }: Line): void {
    switch (word) {
      case 'stdout':
      case 'stderr':
        this.#add(word, this.#decoders[word].decode(decodeBytes(rest[0]), { stream: true }));
        break;
      case 'result':
        this.#flush();
        this.#take({ type: 'result', count: this.number, data: { 'text/plain': textIn(rest[0]) }, metadata: {} });
        break;
      case 'error':
        this.#error = { ename: textIn(rest[0]), evalue: textIn(rest[1]), traceback: textIn(rest[2]).split('\n') };
        break;
      case 'end':
        if (Number(rest[0]) === this.number) this.end({});
    }
  }

  /** It is over, by its end or by the death of its kernel. */
  end({ death }: CellEnd): void {
    this.#flush();
    this.#end(death ? { death } : { outcome: { count: this.number, error: this.#error } });
  }

  /** No more of it came for now. */
  pause(): void {
    if (this.#said.text !== '') this.#take({ type: 'stream', ...this.#said });
    this.#said = { name: 'stdout', text: '' };
  }

  #flush(): void {
    for (const name of ['stdout', 'stderr'] as const) this.#add(name, this.#decoders[name].decode());
    this.pause();
  }

  #add(name: 'stdout' | 'stderr', text: string): void {
    if (text !== '' && this.#said.name !== name) this.pause();
    if (text !== '') this.#said = { name, text: this.#said.text + text };
  }
}

function textIn(word: string | undefined): string {
  return decodeBytes(word).toString();
}

function newDecoder() {
  return new TextDecoder('utf-8', { ignoreBOM: true });
}
