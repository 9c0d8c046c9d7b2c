import { wholeCharacters } from '../../shared/streams/lines.ts';
import { follow } from '../processes/follow.ts';
import type { OutputRecord } from '../processes/ring.ts';
import type { Command } from './command.ts';

export type OutputStream = 'stdout' | 'stderr' | 'both';

export interface OutputOptions {
  stream: OutputStream;
  /** Bytes of that stream to skip. */
  offset: number;
  /** Waits for more until the command has ended. */
  follows: boolean;
  /** The writer waits for this reader. */
  holds: boolean;
  signal: AbortSignal;
}

/** Thrown into a raw reader when output was given up under it: the connection breaks off, and the reader asks again. */
export class OutputOverrun extends Error {
  constructor(missed: number) {
    super(`${missed} bytes were given up before this reader came to them`);
    this.name = 'OutputOverrun';
  }
}

/** First byte of a stream that is still there. */
export function oldestOffset(command: Command, stream: OutputStream): number {
  const { ring } = command.process;
  const { tail, stdout, stderr } = ring.state();
  const totals = { stdout, stderr, both: stdout + stderr };
  let from = tail;
  for (;;) {
    const { records, next } = ring.read(from);
    if (records.length === 0) return totals[stream];
    const first = records.find((record) => stream === 'both' || record.stream === stream);
    if (first) return placeOf(first, stream);
    from = next;
  }
}

/** Bytes of one stream, or of both as they came, exactly as they were written; each chunk is there until the next is asked for. */
export async function* rawOutput(command: Command, options: OutputOptions): AsyncGenerator<Buffer> {
  const { stream, signal, holds, follows } = options;
  const hold = holds ? command.hold() : undefined;
  let offset = options.offset;
  let isComplete = false;
  try {
    const output = follow(command.process, { signal, reached: hold?.reached, waits: follows, beyondEnd: true });
    for await (const { records } of output) {
      for (const record of records) {
        if (stream !== 'both' && record.stream !== stream) continue;
        const place = placeOf(record, stream);
        if (place > offset) throw new OutputOverrun(place - offset);
        if (place + record.data.length <= offset) continue;
        yield record.data.subarray(offset - place);
        offset = place + record.data.length;
      }
    }
    isComplete = !signal.aborted && command.process.status !== undefined;
  } finally {
    hold?.release(isComplete);
  }
}

/**
 * Output of both streams from a byte on as text, for polling: `cursor` is where the next poll goes on. It stops before a
 * character whose rest is still to come.
 */
export async function logsFrom(
  command: Command,
  from: number,
): Promise<{ text: string; cursor: number; missed: number }> {
  const oldest = oldestOffset(command, 'both');
  const start = Math.max(from, oldest);
  const signal = new AbortController().signal;
  const parts: Buffer[] = [];
  for await (const part of rawOutput(command, {
    stream: 'both',
    offset: start,
    follows: false,
    holds: false,
    signal,
  })) {
    parts.push(Buffer.from(part));
  }
  const bytes = Buffer.concat(parts);
  const length = command.process.status ? bytes.length : wholeCharacters(bytes, bytes.length);
  return {
    text: bytes.toString('utf8', 0, length),
    cursor: start + length,
    missed: Math.max(0, oldest - from),
  };
}

function placeOf(record: OutputRecord, stream: OutputStream): number {
  return stream === 'both' ? record.position : record.offset;
}
