import { closeSync, constants, existsSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Caller } from '../users/passwd.ts';
import { openShared } from './shared-files.ts';

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
  /** KiB of memory that the largest of its processes had, of those that had ended. */
  maxrss?: number | undefined;
  /** ms of processor time of those. */
  cpu?: number | undefined;
}

/** What the runner writes has at most 1024 bytes. */
const mostBytes = 4096;

const count = z.number().int().nonnegative();
const EndStatusFile = z.object({
  reason: z.enum(['exited', 'signaled', 'killed', 'timeout', 'failed']),
  code: z.number().int().min(-1).max(255),
  signal: z.number().int().min(0).max(64),
  error: z.string(),
  started: count,
  ended: count,
  position: count,
  maxrss: count.optional(),
  cpu: count.optional(),
});

/** Reads the status that the runner left, which is `owner`'s unless root's; undefined while the process runs. */
export function readStatus(dir: string, owner?: Caller): EndStatus | undefined {
  // Asked for often, and an exception for "not yet" would cost ten times as much.
  if (!existsSync(join(dir, 'status'))) return undefined;
  let fd: number | undefined;
  try {
    fd = openShared(dir, 'status', constants.O_RDONLY, owner);
    const bytes = Buffer.alloc(mostBytes);
    const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, mostBytes, 0));
    return EndStatusFile.parse(JSON.parse(text));
  } catch {
    // Too many files open, perhaps; it is looked for again.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
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
