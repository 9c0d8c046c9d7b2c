import type { Command } from '../commands/command.ts';
import { follow } from '../processes/follow.ts';
import type { StreamName } from './collect.ts';

/** A stretch of both streams, in the order in which they came. */
export interface NewOutput {
  /** Where it begins, in bytes of both streams: the place that was asked for, or the oldest byte there is. */
  start: number;
  bytes: Buffer;
  /** Which stream a part of it is from, and where the part ends in `bytes`. */
  parts: { stream: StreamName; end: number }[];
  /** Why it ends there: there is no more for now, it has as many bytes as were asked for, or what comes next was given up. */
  ends: 'now' | 'full' | 'gap';
}

/** Reads at most `most` bytes from a place on, as far as they are there by now. */
export async function readOutput(command: Command, from: number, most: number): Promise<NewOutput> {
  const { signal } = new AbortController();
  const pieces: Buffer[] = [];
  const parts: NewOutput['parts'] = [];
  let start = from;
  let length = 0;
  for await (const { records } of follow(command.process, { signal, seen: from, waits: false, beyondEnd: true })) {
    for (const { stream, position, data } of records) {
      if (length === most) return { start, bytes: Buffer.concat(pieces), parts, ends: 'full' };
      const place = start + length;
      if (position + data.length <= place) continue;
      // Given up before it was read, or while it was: what is behind the gap is for the next time.
      if (position > place && length > 0) return { start, bytes: Buffer.concat(pieces), parts, ends: 'gap' };
      if (length === 0) start = Math.max(start, position);
      const piece = Buffer.from(data.subarray(start + length - position).subarray(0, most - length));
      pieces.push(piece);
      length += piece.length;
      const last = parts.at(-1);
      if (last?.stream === stream) last.end = length;
      else parts.push({ stream, end: length });
    }
  }
  return { start, bytes: Buffer.concat(pieces), parts, ends: length === most ? 'full' : 'now' };
}

/** The bytes of one stream within the first `length`. */
export function ofStream({ bytes, parts }: NewOutput, stream: StreamName, length: number): Buffer {
  const pieces = parts.map((part, index) => ({ ...part, start: parts[index - 1]?.end ?? 0 }));
  return Buffer.concat(
    pieces
      .filter((piece) => piece.stream === stream)
      .map(({ start, end }) => bytes.subarray(Math.min(start, length), Math.min(end, length))),
  );
}
