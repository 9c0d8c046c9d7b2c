import { escapeLineEnds, frame } from '../../shared/http/event-stream.ts';
import { LineSplitter } from '../../shared/streams/lines.ts';
import type { ExecutionEnd } from './execution.ts';
import type { Batch } from './follow.ts';
import type { OutputRecord } from './ring.ts';

/** Handed on together: enough for few writes, and all that a reader who stalls keeps in memory. */
const chunkLength = 64 * 1024;
/** Looked at together: of nothing but line ends, each byte becomes an event of 70. */
const sliceBytes = 8 * 1024;

export interface FrameOptions {
  /** Number of the last event that the reader has. */
  after: number;
  /** Bytes of both streams before the first that counts. */
  origin: number;
  /** A longer line comes in parts. */
  lineBytes: number;
  /** Lines come with their ends. */
  keepsLineEnds: boolean;
  /** Bytes of each stream that are told at most, from where this reader begins; the rest is counted. */
  mostBytes?: number | undefined;
}

const escapedEnds = { '\n': '\\n', '\r': '\\r', '': '' };

/** Turns output into frames, leaving out those that the reader has. */
export class OutputFrames {
  readonly #after: number;
  readonly #origin: number;
  readonly #lines: { stdout: LineSplitter; stderr: LineSplitter };
  #text = '';
  #needsEscape = false;
  readonly #keepsEnds: boolean;
  readonly #mostBytes: number;
  readonly #bytes = { stdout: 0, stderr: 0 };

  constructor({ after, origin, lineBytes, keepsLineEnds: keepsEnds, mostBytes }: FrameOptions) {
    this.#after = after;
    this.#origin = origin;
    this.#keepsEnds = keepsEnds;
    this.#mostBytes = mostBytes ?? Number.POSITIVE_INFINITY;
    const splitter = () => new LineSplitter(lineBytes, { keepsEnds });
    this.#lines = { stdout: splitter(), stderr: splitter() };
  }

  /** The frames of a batch, many in each piece. */
  *take({ records, missed, position }: Batch): Generator<string> {
    if (missed > 0) {
      // A line that was begun before the gap must not go on behind it.
      const bytes = missed + this.#lines.stdout.skip() + this.#lines.stderr.skip();
      const timestamp = records[0]?.time ?? Date.now();
      this.#text += frame({ type: 'missed', missed: { bytes }, timestamp }, position - this.#origin);
    }
    for (const record of records) {
      const told = this.#within(record);
      for (let at = 0; at < told; at += sliceBytes) {
        this.#add(record, at, Math.min(told, at + sliceBytes));
        if (this.#text.length >= chunkLength) yield this.#handOn();
      }
    }
    if (this.#text) yield this.#handOn();
  }

  /** What no line end followed, and the last event; `notice`, which has no number, goes before that. */
  end({ position, ended: timestamp, last, notice }: ExecutionEnd): string {
    const end = position - this.#origin;
    let text = '';
    for (const [step, stream] of (['stdout', 'stderr'] as const).entries()) {
      const rest = this.#lines[stream].flush();
      const id = end + 1 + step;
      if (rest !== undefined && id > this.#after) text += frame({ type: stream, text: rest, timestamp }, id);
    }
    if (end + 3 <= this.#after) return text;
    text += this.#truncated(timestamp);
    return text + (notice ? frame(notice) : '') + frame(last, end + 3);
  }

  /** How many bytes of a record are to be told. */
  #within({ stream, data }: OutputRecord): number {
    const before = this.#bytes[stream];
    this.#bytes[stream] += data.length;
    return Math.max(0, Math.min(data.length, this.#mostBytes - before));
  }

  #truncated(timestamp: number): string {
    const over = (stream: 'stdout' | 'stderr') => Math.max(0, this.#bytes[stream] - this.#mostBytes);
    const [stdout, stderr] = [over('stdout'), over('stderr')];
    if (stdout + stderr === 0) return '';
    const truncated = { max_output_bytes: this.#mostBytes, stdout, stderr, results: 0 };
    return frame({ type: 'truncated', truncated, timestamp });
  }

  #add({ stream, time, position, data }: OutputRecord, at: number, to: number): void {
    // One line is an event of its own: everything that doesn't differ from line to line is put together here.
    const head = `\ndata: {"type":"${stream}","timestamp":${time},"text":`;
    this.#lines[stream].push(data.subarray(at, to), position + at, (line, end, charset, ending) => {
      const id = end - this.#origin;
      if (id <= this.#after) return;
      // A text has something in it: without its end an empty line would have nothing.
      const kept = this.#keepsEnds ? ending : line === '' ? '\n' : '';
      if (charset === 'plain') {
        this.#text += `id: ${id}${head}"${line}${escapedEnds[kept]}"}\n\n`;
      } else {
        this.#text += `id: ${id}${head}${JSON.stringify(line + kept)}}\n\n`;
        this.#needsEscape ||= charset === 'any';
      }
    });
  }

  #handOn(): string {
    const text = this.#needsEscape ? escapeLineEnds(this.#text) : this.#text;
    this.#text = '';
    this.#needsEscape = false;
    return text;
  }
}
