import { setImmediate as nextTurn } from 'node:timers/promises';
import { follow } from '../../processes/follow.ts';
import type { OutputRecord } from '../../processes/ring.ts';
import type { Run } from '../../sessions/run.ts';
import type { Output } from '../output.ts';

type Stream = 'stdout' | 'stderr';

/**
 * Tells what a run puts out, as text, in the order in which it was written, up to the run's end. The writer waits for this reader, which
 * waits for nobody. Bytes that are no UTF-8 become U+FFFD. @throws RingClosed when its session was forgotten meanwhile
 */
export async function tellOutput(run: Run, take: (output: Output) => void): Promise<void> {
  const decoders = { stdout: newDecoder(), stderr: newDecoder() };
  const tell = (name: Stream, text: string) => {
    if (text !== '') take({ type: 'stream', name, text });
  };
  const { position: seen, ring: from } = run.origin;
  const hold = run.hold();
  const signal = new AbortController().signal;
  try {
    for await (const { records, missed } of follow(run.output, { signal, from, seen, reached: hold.reached })) {
      if (missed > 0) take({ type: 'missed', bytes: missed });
      for (const { stream, data } of together(records)) tell(stream, decoders[stream].decode(data, { stream: true }));
      // Whoever passes it on comes to it in between: what is told in one go piles up.
      await nextTurn();
    }
    for (const stream of ['stdout', 'stderr'] as const) tell(stream, decoders[stream].decode());
  } finally {
    hold.release(true);
  }
}

/** Many small writes to one stream, read at once, are one output. */
function* together(records: OutputRecord[]): Generator<{ stream: Stream; data: Buffer }> {
  for (let at = 0; at < records.length; ) {
    const { stream } = records[at]!;
    const other = records.findIndex((record, index) => index > at && record.stream !== stream);
    const end = other < 0 ? records.length : other;
    yield { stream, data: Buffer.concat(records.slice(at, end).map(({ data }) => data)) };
    at = end;
  }
}

/** A mark of the byte order is output like any other. */
function newDecoder() {
  return new TextDecoder('utf-8', { ignoreBOM: true });
}
