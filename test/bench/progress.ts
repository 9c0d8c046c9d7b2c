/** Tells on standard error how far a scenario is: in place at a terminal, else when it begins and ends. */
export class Progress {
  readonly #name: string;
  readonly #started = performance.now();

  constructor(name: string) {
    this.#name = name;
    this.#show('...', !process.stderr.isTTY);
  }

  step(done: number, of: number): void {
    if (process.stderr.isTTY) this.#show(`${done}/${of}`, false);
  }

  /** The last word on it, with the time that it took. */
  end(words: string): void {
    this.#show(`${words} (${((performance.now() - this.#started) / 1000).toFixed(1)} s)`, true);
  }

  #show(words: string, whole: boolean): void {
    // Back to the start of the line, and what stood there away.
    const start = process.stderr.isTTY ? '\r\x1b[K' : '';
    process.stderr.write(`${start}${this.#name.padEnd(16)} ${words}${whole ? '\n' : ''}`);
  }
}
