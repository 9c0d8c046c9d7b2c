import { wholeCharacters } from '../../shared/streams/lines.ts';
import { mostOutput } from './collect.ts';
import type { LineFilter } from './line-filter.ts';
import { type NewOutput, ofStream } from './new-output.ts';

/** What is told of a stretch of output, and how much of it is dealt with by that. */
export interface Told {
  newOutput: string;
  stdout: string;
  stderr: string;
  /** Bytes of the stretch that need not be told again. */
  length: number;
  /** No more than this can be told at once. */
  isFull: boolean;
}

/** All of it, but for a character whose rest is still to come; `isAll`: nothing follows. */
export function tellAll(output: NewOutput, isAll: boolean): Told {
  const { bytes } = output;
  const length = isAll ? bytes.length : wholeCharacters(bytes, bytes.length);
  return {
    newOutput: bytes.toString('utf8', 0, length),
    stdout: ofStream(output, 'stdout', length).toString(),
    stderr: ofStream(output, 'stderr', length).toString(),
    length,
    isFull: output.ends === 'full',
  };
}

/** Its lines that match. One whose end is still to come waits for it, unless `isAll`, or it is as long as a stretch may be. */
export async function tellMatching(output: NewOutput, filter: LineFilter, isAll: boolean): Promise<Told> {
  const lines = linesOf(output, isAll || output.ends === 'full');
  const matches = await filter.matches(lines.map(({ text }) => text.replace(/\r?\n$/, '')));
  const told: Told = { newOutput: '', stdout: '', stderr: '', length: 0, isFull: false };
  for (const [index, { text, stream, end }] of lines.entries()) {
    if (matches[index]) {
      if (told.newOutput && told.newOutput.length + text.length > mostOutput) return { ...told, isFull: true };
      const line = text.length > mostOutput ? `${text.slice(0, mostOutput - 2)}…\n` : text;
      told.newOutput += line;
      told[stream] += line;
    }
    told.length = end;
  }
  return told;
}

function linesOf({ bytes, parts }: NewOutput, withUnfinished: boolean) {
  const lines: { text: string; stream: 'stdout' | 'stderr'; end: number }[] = [];
  let part = 0;
  for (let start = 0; start < bytes.length; ) {
    const lineFeed = bytes.indexOf(0x0a, start);
    if (lineFeed < 0 && !withUnfinished) break;
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
    while (parts[part]!.end <= start) part += 1;
    lines.push({ text: bytes.toString('utf8', start, end), stream: parts[part]!.stream, end });
    start = end;
  }
  return lines;
}
