import { frame } from '../../shared/http/event-stream.ts';
import type { Execution } from './execution.ts';
import { follow } from './follow.ts';
import { OutputFrames } from './frames.ts';

/** Middleboxes and clients give up on a connection that is silent for longer. */
const pingMs = 3000;

export interface EventOptions {
  signal: AbortSignal;
  /** Number of the last event that the reader has: it gets what follows. Undefined: everything. */
  after?: number | undefined;
  /** The writer waits for this reader. */
  holds?: boolean;
  lineBytes: number;
  /** Lines come with their ends, as newer clients take them (`takesLineEnds`). */
  keepsLineEnds?: boolean;
  /** Bytes of each stream that are told at most, from where this reader begins. */
  mostBytes?: number | null | undefined;
}

/**
 * The events of an execution as frames, from the start or after one that is known: starting and coming back differ by that
 * number alone. An event's number is the byte of output it ends with, both streams counted, so it means the same after
 * the agent was replaced; what has no line end comes last, and then the one event that ends it.
 */
export async function* executionEvents(execution: Execution, options: EventOptions): AsyncGenerator<string> {
  const { signal, after = -1, holds = false, lineBytes, keepsLineEnds = false, mostBytes } = options;
  const { position: origin, ring: from } = execution.origin;
  const hold = holds ? execution.hold() : undefined;
  const frames = new OutputFrames({ after, origin, lineBytes, keepsLineEnds, mostBytes: mostBytes ?? undefined });
  let isComplete = false;
  try {
    if (after < 0) {
      yield frame({ type: 'init', text: execution.id, timestamp: execution.startedAt }, 0);
    }
    const seen = origin + Math.max(0, after);
    const output = follow(execution.output, { signal, from, seen, reached: hold?.reached });
    for await (const item of withPings(output)) {
      if (item === 'ping') yield ping();
      else yield* frames.take(item);
    }
    if (signal.aborted) return;
    yield frames.end(await execution.ended);
    isComplete = true;
  } finally {
    hold?.release(isComplete);
  }
}

/** Says that the stream is alive. */
export function ping(): string {
  return frame({ type: 'ping', text: 'pong', timestamp: Date.now() });
}

/** Yields what the source does, and `ping` whenever it has been silent for a while. */
export async function* withPings<T>(source: AsyncGenerator<T>): AsyncGenerator<T | 'ping'> {
  let next = source.next();
  try {
    for (;;) {
      const timer = silence(pingMs);
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
