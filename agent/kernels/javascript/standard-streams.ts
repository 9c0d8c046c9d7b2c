import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { StreamName } from './pipes.ts';

/**
 * Makes `process.stdout` and `process.stderr` write at once, and wait where their reader is slower. Node's own keep what a
 * pipe doesn't take until the cell is over, and make the pipe such that subprocesses get errors when it is full.
 * @param instead takes the bytes where there is no pipe
 */
export function writeAtOnce(instead: ((name: StreamName, bytes: Uint8Array) => void) | undefined): void {
  for (const [at, name] of (['stdout', 'stderr'] as const).entries()) {
    const fd = at + 1;
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (instead) instead(name, chunk);
        else for (let written = 0; written < chunk.length; ) written += writeSync(fd, chunk, written);
        done();
      },
    });
    // As a stream of Node's: what is given it as `stdio` goes by its number, and nothing can close it.
    Object.assign(stream, { fd, _type: 'pipe', _isStdio: true, destroy: () => stream, end: () => stream });
    Object.defineProperty(process, name, { get: () => stream, configurable: true, enumerable: true });
  }
}
