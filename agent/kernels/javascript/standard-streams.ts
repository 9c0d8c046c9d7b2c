import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { StreamName } from './pipes.ts';

/**
 * Makes `process.stdout` and `process.stderr` write at once, and wait where their reader is slower. Node's own keep what a
 * pipe doesn't take until the cell is over, make the pipe such that subprocesses get errors when it is full, and write no more once
 * they were broken off in the middle.
 * @param instead takes the bytes where there is no pipe
 */
export function writeAtOnce(instead: ((name: StreamName, bytes: Uint8Array) => void) | undefined): void {
  for (const [at, name] of (['stdout', 'stderr'] as const).entries()) {
    const fd = at + 1;
    const put = (bytes: Uint8Array) => {
      if (instead) instead(name, bytes);
      else for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    };
    const stream = new Writable();
    const write = (chunk: string | Uint8Array, encoding?: unknown, done: unknown = encoding) => {
      put(typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk);
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    };
    // As a stream of Node's: what is given it as `stdio` goes by its number, and nothing can close it.
    const fixed = { fd, _type: 'pipe', _isStdio: true, destroy: () => stream, end: () => stream };
    Object.assign(stream, { write, ...fixed });
    Object.defineProperty(process, name, { get: () => stream, configurable: true, enumerable: true });
  }
}

function encodingOf(given: unknown): BufferEncoding {
  return typeof given === 'string' ? (given as BufferEncoding) : 'utf8';
}
