/** Takes a piece of a program's output. */
export type Demultiplexed = (stream: 'stdout' | 'stderr', piece: Buffer) => void;

/** Bytes before each piece: the stream, three of padding, the length (docs.docker.com, "Attach to a container"). */
const headerBytes = 8;

/** Takes apart what the engine sends of a program without a terminal: both its streams in one, in frames. */
export class Demultiplexer {
  readonly #output: Demultiplexed;
  readonly #header = Buffer.alloc(headerBytes);
  #headerRead = 0;
  #rest = 0;

  constructor(output: Demultiplexed) {
    this.#output = output;
  }

  /** Takes what came, wherever it was cut; hands pieces on without copying them. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerRead < headerBytes) {
        const copied = chunk.copy(this.#header, this.#headerRead, at);
        this.#headerRead += copied;
        at += copied;
        if (this.#headerRead < headerBytes) return;
        this.#rest = this.#header.readUInt32BE(4);
      }
      const end = Math.min(chunk.length, at + this.#rest);
      if (end > at) this.#output(this.#header[0] === 2 ? 'stderr' : 'stdout', chunk.subarray(at, end));
      this.#rest -= end - at;
      at = end;
      if (this.#rest === 0) this.#headerRead = 0;
    }
  }

  /** @throws Error when a frame was cut off */
  end(): void {
    if (this.#headerRead > 0) throw new Error('the engine broke off within a frame');
  }
}
