import type { StreamEvent } from '../../shared/api/events.ts';
import { escapeLineEnds, frame } from '../../shared/http/event-stream.ts';
import { LineSplitter } from '../../shared/streams/lines.ts';
import { type Batch, follow } from '../processes/follow.ts';
import { type Command, describeEnd } from './command.ts';

/** Middleboxes and clients give up on a connection that is silent for longer. */
const pingMs = 3000;

export interface EventOptions {
  signal: AbortSignal;
  /** Number of the last event that the reader has: it gets what follows. Undefined: everything. */
  after?: number | undefined;
  /** The writer waits for this reader. */
  holds?: boolean;
  lineBytes: number;
}

/**
 * The events of a command as frames, from the start or after one that is known: starting and coming back differ by that
 * number alone. An event's number is the byte of output it ends with, both streams counted, so it means the same after
 * the agent was replaced; what has no line end comes last, and then the one event that ends it.
 */
export async function* commandEvents(command: Command, options: EventOptions): AsyncGenerator<string> {
  const { signal, after = -1, holds = false } = options;
  const release = holds ? command.holdFor() : undefined;
  const frames = new CommandFrames(after, options.lineBytes);
  const seen = Math.max(0, after);
  try {
    if (after < 0) {
      yield frame({ type: 'init', text: command.id, timestamp: command.startedAt }, 0);
    }
    for await (const item of withPings(follow(command.process, { signal, holds, seen }), pingMs)) {
      if (item === 'ping') {
        yield frame({ type: 'ping', text: 'pong', timestamp: Date.now() });
      } else {
        const text = frames.take(item);
        if (text) yield text;
      }
    }
    if (signal.aborted) return;
    yield frames.end(command);
    // All was handed over: what descendants still write is nobody's to wait for.
    if (holds) command.process.hold(undefined);
  } finally {
    release?.();
  }
}

/** Turns output into frames, leaving out those that the reader has. */
class CommandFrames {
  readonly #after: number;
  readonly #lines: { stdout: LineSplitter; stderr: LineSplitter };

  constructor(after: number, lineBytes: number) {
    this.#after = after;
    this.#lines = { stdout: new LineSplitter(lineBytes), stderr: new LineSplitter(lineBytes) };
  }

  take({ records, missed }: Batch): string {
    let text = '';
    if (missed > 0) {
      const first = records[0]!;
      text += frame({ type: 'missed', missed: { bytes: missed }, timestamp: first.time }, first.position);
    }
    for (const { stream, time, position, data } of records) {
      // One line is an event of its own: everything that doesn't differ from line to line is put together here.
      const head = `\ndata: {"type":"${stream}","timestamp":${time},"text":`;
      this.#lines[stream].push(data, position, (line, end) => {
        if (end > this.#after) text += `id: ${end}${head}${line === '' ? '"\\n"' : JSON.stringify(line)}}\n\n`;
      });
    }
    return escapeLineEnds(text);
  }

  end(command: Command): string {
    const status = command.process.status!;
    const { position, ended: timestamp } = status;
    let text = '';
    for (const [step, stream] of (['stdout', 'stderr'] as const).entries()) {
      const rest = this.#lines[stream].flush();
      const id = position + 1 + step;
      if (rest !== undefined && id > this.#after) text += frame({ type: stream, text: rest, timestamp }, id);
    }
    if (position + 3 > this.#after) text += frame(lastEvent(command), position + 3);
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

/** Yields `ping` whenever the source has been silent for so long. */
async function* withPings<T>(source: AsyncGenerator<T>, ms: number): AsyncGenerator<T | 'ping'> {
  let next = source.next();
  try {
    for (;;) {
      const timer = silence(ms);
      const result = await Promise.race([next, timer.promise]);
      timer.stop();
      if (result === 'ping') {
        yield 'ping';
        continue;
      }
      if (result.done) return;
      yield result.value;
      next = source.next();
    }
  } finally {
    await next.catch(() => {});
    await source.return(undefined);
  }
}

function silence(ms: number): { promise: Promise<'ping'>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<'ping'>();
  const timer = setTimeout(() => resolve('ping'), ms);
  return { promise, stop: () => clearTimeout(timer) };
}
