import { Readable } from 'node:stream';

/**
 * A JSON array as a stream, a batch at a time, so that a long one is never whole in memory. A failure before the first batch
 * fails the stream before its first byte, which can then still be answered as an error.
 */
export function jsonArray(batches: AsyncIterable<unknown[]>): Readable {
  return Readable.from(parts(batches), { objectMode: false, highWaterMark: 256 * 1024 });
}

async function* parts(batches: AsyncIterable<unknown[]>): AsyncGenerator<string, void> {
  let separator = '[';
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    yield separator + JSON.stringify(batch).slice(1, -1);
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}
