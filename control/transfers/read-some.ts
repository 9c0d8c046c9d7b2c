import type { IncomingMessage } from 'node:http';

/** The beginning of an answer: all of it, unless it is longer than `most`, or breaks off. */
export async function readSome(answer: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size > most) break;
    }
  } catch {
    // What came is all there is.
  }
  return Buffer.concat(parts);
}
