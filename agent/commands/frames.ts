import type { StreamEvent } from '../../shared/api/events.ts';
import { escapeLineEnds, frame } from '../../shared/http/event-stream.ts';
import { LineSplitter } from '../../shared/streams/lines.ts';
import type { Batch } from '../processes/follow.ts';
import type { OutputRecord } from '../processes/ring.ts';
import { type Command, describeEnd } from './command.ts';

/** Handed on together: enough for few writes, and all that a reader who stalls keeps in memory. */
const chunkLength = 64 * 1024;
/** Looked at together: of nothing but line ends, each byte becomes an event of 70. */
const sliceBytes = 8 * 1024;

/** Turns a command's output into frames, leaving out those that the reader has. */
export class CommandFrames {
  readonly #command: Command;
  readonly #after: number;
  readonly #lines: { stdout: LineSplitter; stderr: LineSplitter };
  #text = '';
  #needsEscape = false;

  /** `after`: number of the last event that the reader has. */
  constructor(command: Command, after: number, lineBytes: number) {
    this.#command = command;
    this.#after = after;
    this.#lines = { stdout: new LineSplitter(lineBytes), stderr: new LineSplitter(lineBytes) };
  }

  /** The frames of a batch, many in each piece. */
  *take({ records, missed, position }: Batch): Generator<string> {
    if (missed > 0) {
      // A line that was begun before the gap must not go on behind it.
      const bytes = missed + this.#lines.stdout.skip() + this.#lines.stderr.skip();
      const timestamp = records[0]?.time ?? Date.now();
      this.#text += frame({ type: 'missed', missed: { bytes }, timestamp }, position);
    }
    for (const record of records) {
      for (let at = 0; at < record.data.length; at += sliceBytes) {
        this.#add(record, at);
        if (this.#text.length >= chunkLength) yield this.#handOn();
      }
    }
    if (this.#text) yield this.#handOn();
  }

  /** What no line end followed, and the last event. */
  end(): string {
    const { position, ended: timestamp } = this.#command.process.status!;
    let text = '';
    for (const [step, stream] of (['stdout', 'stderr'] as const).entries()) {
      const rest = this.#lines[stream].flush();
      const id = position + 1 + step;
      if (rest !== undefined && id > this.#after) text += frame({ type: stream, text: rest, timestamp }, id);
    }
    if (position + 3 > this.#after) text += frame(lastEvent(this.#command), position + 3);
    return text;
  }

  #add({ stream, time, position, data }: OutputRecord, at: number): void {
    // One line is an event of its own: everything that doesn't differ from line to line is put together here.
    const head = `\ndata: {"type":"${stream}","timestamp":${time},"text":`;
    this.#lines[stream].push(data.subarray(at, at + sliceBytes), position + at, (line, end, charset) => {
      if (end <= this.#after) return;
      if (line === '') {
        this.#text += `id: ${end}${head}"\\n"}\n\n`;
      } else if (charset === 'plain') {
        this.#text += `id: ${end}${head}"${line}"}\n\n`;
      } else {
        this.#text += `id: ${end}${head}${JSON.stringify(line)}}\n\n`;
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

/** Exactly one: `execution_complete` for exit code 0, else `error`, as OpenSandbox's clients tell the exit code by it. */
function lastEvent(command: Command): StreamEvent {
  const status = command.process.status!;
  const timestamp = status.ended;
  if (status.reason === 'exited' && status.code === 0) {
    return { type: 'execution_complete', execution_time: Math.max(0, status.ended - command.startedAt), timestamp };
  }
  const evalue = status.reason === 'failed' ? status.error : String(status.code);
  return { type: 'error', error: { ename: 'CommandExecError', evalue, traceback: [describeEnd(status)] }, timestamp };
}
