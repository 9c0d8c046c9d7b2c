import type { StreamEvent } from '../../shared/api/events.ts';
import type { Followed } from './follow.ts';
import type { Hold } from './holders.ts';
import { describeEnd, type EndStatus } from './status.ts';

/** What is told in events: a command, or one run of a session's shell. */
export interface Execution {
  /** What its first event says, to interrupt or ask with. */
  readonly id: string;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly output: Followed;
  /** Where its output begins: bytes of both streams before it, and the place in the ring where that is not the oldest there is. */
  readonly origin: { position: number; ring?: number };
  /** Settles once; never rejects. */
  readonly ended: Promise<ExecutionEnd>;
  /** Makes a reader the one that the writer waits for. */
  hold(): Hold;
}

/** How an execution ended, as it is told. */
export interface ExecutionEnd {
  /** Bytes of both streams at the end. */
  position: number;
  /** ms since the epoch. */
  ended: number;
  last: StreamEvent;
  /** What a reader should know beside it. */
  notice?: StreamEvent | undefined;
}

/**
 * Exactly one event tells an end: `execution_complete` for exit code 0, else `error`, as OpenSandbox's clients tell the exit code by it.
 * `more`: lines for people.
 */
export function lastEvent(status: EndStatus, startedAt: number, more: string[] = []): StreamEvent {
  const timestamp = status.ended;
  if (status.reason === 'exited' && status.code === 0) {
    return { type: 'execution_complete', execution_time: Math.max(0, status.ended - startedAt), timestamp };
  }
  const evalue = status.reason === 'failed' ? status.error : String(status.code);
  const traceback = [describeEnd(status), ...more];
  return { type: 'error', error: { ename: 'CommandExecError', evalue, traceback }, timestamp };
}
