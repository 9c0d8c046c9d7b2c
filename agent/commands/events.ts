import { frame } from '../../shared/http/event-stream.ts';
import { follow } from '../processes/follow.ts';
import type { Command } from './command.ts';
import { CommandFrames } from './frames.ts';

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
  const hold = holds ? command.hold() : undefined;
  const frames = new CommandFrames(command, after, options.lineBytes);
  let isComplete = false;
  try {
    if (after < 0) {
      yield frame({ type: 'init', text: command.id, timestamp: command.startedAt }, 0);
    }
    const output = follow(command.process, { signal, seen: Math.max(0, after), reached: hold?.reached });
    for await (const item of withPings(output, pingMs)) {
      if (item === 'ping') {
        yield frame({ type: 'ping', text: 'pong', timestamp: Date.now() });
      } else {
        yield* frames.take(item);
      }
    }
    if (signal.aborted) return;
    yield frames.end();
    isComplete = true;
  } finally {
    hold?.release(isComplete);
  }
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
