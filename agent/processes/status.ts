import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How a process ended. `lost`: its runner was killed, so nobody saw the end; the others are what the runner wrote
 * (agent/init/PROTOCOL.md).
 */
export interface EndStatus {
  reason: 'exited' | 'signaled' | 'killed' | 'timeout' | 'failed' | 'lost';
  /** Exit code, -1 unless it exited by itself. */
  code: number;
  /** Number of the signal that ended it, else 0. */
  signal: number;
  /** Why it never ran. */
  error: string;
  /** ms since the epoch. */
  started: number;
  ended: number;
  /** Bytes of output at the end. */
  position: number;
}

/** Reads the status that the runner left, undefined while the process runs. */
export function readStatus(dir: string): EndStatus | undefined {
  const path = join(dir, 'status');
  // Asked for often, and an exception for "not yet" would cost ten times as much.
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EndStatus;
  } catch {
    // Too many files open, perhaps; it is looked for again.
    return undefined;
  }
}

/** In words, how a process ended. */
export function describeEnd(status: EndStatus): string {
  switch (status.reason) {
    case 'exited':
      return `exit status ${status.code}`;
    case 'signaled':
      return `signal: ${signalName(status.signal)}`;
    case 'killed':
      return 'signal: terminated by an interrupt';
    case 'timeout':
      return 'signal: killed by its time-out';
    case 'failed':
      return status.error;
    case 'lost':
      return 'its runner was killed, so nobody saw how it ended';
  }
}

const signalNames: Record<number, string> = {
  1: 'hangup',
  2: 'interrupt',
  3: 'quit',
  6: 'aborted',
  9: 'killed',
  11: 'segmentation fault',
  13: 'broken pipe',
  15: 'terminated',
};

function signalName(number: number): string {
  return signalNames[number] ?? String(number);
}
