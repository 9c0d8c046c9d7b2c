import { linesOf } from './lines.ts';
import type { Entry } from './source.ts';

/** One user a line; empty lines do not count. */
export async function* plainEntries(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  for await (const { number, ...line } of linesOf(bytes, 64 * 1024)) {
    const place = `line ${number}`;
    if ('expected' in line) yield { place, ...line };
    else if (line.text !== '') yield { place, id: line.text };
  }
}
