import type { Writable } from 'node:stream';
import { written } from '../../shared/http/stream.ts';
import { close, readBlock } from './descriptors.ts';
import type { Lines } from './lines.ts';

/** Bytes that are read at a time. */
const blockSize = 512 * 1024;

/** For lines, which are looked at one by one: short enough for the event loop. */
const lineBlockSize = 128 * 1024;

/**
 * Writes a stretch of a file and closes it; the next block is read while one is written, into two buffers that are used over and
 * over. Without a length it goes on to the end of the file. A file that turns out to be shorter than promised is an error, and
 * so is a reader that went away.
 */
export async function sendBytes(descriptor: number, sink: Writable, start: number, length = Number.POSITIVE_INFINITY) {
  let [buffer, spare] = [Buffer.allocUnsafeSlow(blockSize), Buffer.allocUnsafeSlow(blockSize)];
  const end = start + length;
  let position = start;
  const readNext = () => {
    const reading = readBlock(descriptor, buffer.subarray(0, Math.min(blockSize, end - position)), position);
    // Told when it is waited for.
    reading.catch(() => {});
    [buffer, spare] = [spare, buffer];
    return reading;
  };
  let reading = readNext();
  try {
    for (;;) {
      const block = await reading;
      position += block.length;
      if (block.length === 0) break;
      if (position < end) reading = readNext();
      await written(sink, block);
      if (position === end) break;
    }
    if (length !== Number.POSITIVE_INFINITY && position < end)
      throw new Error('The file became shorter while it was sent.');
  } finally {
    await reading.catch(() => {});
    await close(descriptor);
  }
}

/** Writes the lines that `lines` picks and closes the file. */
export async function sendLines(descriptor: number, sink: Writable, lines: Lines): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(lineBlockSize);
  try {
    for (let position = 0; !lines.complete && !sink.destroyed; ) {
      const block = await readBlock(descriptor, buffer, position);
      if (block.length === 0) break;
      position += block.length;
      for (const piece of lines.pick(block)) await written(sink, piece);
    }
  } finally {
    await close(descriptor);
  }
}
