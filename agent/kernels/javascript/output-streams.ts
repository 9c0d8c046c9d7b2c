import { StringDecoder } from 'node:string_decoder';
import type { Shared } from './messages.ts';
import { PipeReader, type StreamName } from './pipes.ts';

/** Lines that come one by one are told together. */
const gatherMs = 10;
const gatherLength = 65_536;
/** Whoever prints waits when so much is on its way to a reader that is slower. */
const mostWaiting = 8 * 1024 * 1024;

export interface OutputOptions {
  tell(name: StreamName, text: string): void;
  /** Bytes on their way to the slowest reader. */
  waiting(): number;
}

/** Standard output and standard error of the process, as text in the order in which it was read. */
export class Output {
  readonly #options: OutputOptions;
  readonly #readers: PipeReader[];
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #gathered: { name: StreamName; text: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #holding: NodeJS.Timeout | undefined;

  constructor(pipes: Shared['pipes'], options: OutputOptions) {
    this.#options = options;
    const read = (name: StreamName, fd: number) => new PipeReader(fd, (text) => this.#gather(name, text));
    this.#readers = pipes ? [read('stdout', pipes.stdout), read('stderr', pipes.stderr)] : [];
  }

  /** What came another way than through a pipe. */
  take(name: StreamName, bytes: Uint8Array): void {
    this.#gather(name, this.#decoders[name].write(Buffer.from(bytes)));
  }

  /** Tells everything that was written by now. */
  flush(): void {
    for (const reader of this.#readers) reader.drain();
    this.#tell();
  }

  #gather(name: StreamName, text: string): void {
    if (text === '') return;
    if (this.#gathered && this.#gathered.name !== name) this.#tell();
    if (this.#gathered) this.#gathered.text += text;
    else this.#gathered = { name, text };
    if (this.#gathered.text.length >= gatherLength) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), gatherMs);
    this.#holdBack();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered) this.#options.tell(gathered.name, gathered.text);
  }

  #holdBack(): void {
    if (this.#holding || this.#options.waiting() < mostWaiting) return;
    for (const reader of this.#readers) reader.hold(true);
    this.#holding = setInterval(() => {
      if (this.#options.waiting() < mostWaiting / 2) this.letGo();
    }, gatherMs);
  }

  /** Whoever waits to print goes on: an interrupt does not come to a thread that waits. */
  letGo(): void {
    clearInterval(this.#holding);
    this.#holding = undefined;
    for (const reader of this.#readers) reader.hold(false);
  }
}
