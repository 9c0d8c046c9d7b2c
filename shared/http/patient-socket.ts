import { Socket } from 'node:net';

/**
 * A connection on which failing to write is no failure yet. A server may answer and hang up before it has read everything,
 * as with 413 to a large upload: the next write then fails, and Node gives the socket up with the answer unread in it. Here
 * what can't be written is dropped, and reading goes on: it brings the answer, and then the end or the error.
 */
export class PatientSocket extends Socket {
  override _write(chunk: unknown, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    super._write(chunk, encoding, () => done());
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    super._writev?.(chunks, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    super._final(() => done());
  }
}
