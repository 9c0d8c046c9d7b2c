import type { IncomingMessage } from 'node:http';
import { readSome } from './read-some.ts';

/** Characters of a refusal that are passed on. */
const mostCharacters = 300;
const mostBytes = 4096;

/** What a store says of a refusal: code and message where it speaks as S3 does, else the first words of whatever it says. */
export async function firstWords(answer: IncomingMessage): Promise<string> {
  const text = (await readSome(answer, mostBytes)).toString();
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const words = code === undefined ? text : `${code}: ${message ?? ''}`;
  return words
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, mostCharacters);
}
