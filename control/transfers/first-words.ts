import type { IncomingMessage } from 'node:http';

/** Characters of a refusal that are passed on. */
const mostCharacters = 300;
const mostBytes = 4096;

/** What a store says of a refusal: code and message where it speaks as S3 does, else the first words of whatever it says. */
export async function firstWords(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size > mostBytes) break;
    }
  } catch {
    // It broke off: what came is all there is.
  }
  const text = Buffer.concat(parts).toString();
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const words = code === undefined ? text : `${code}: ${message ?? ''}`;
  return words
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, mostCharacters);
}
