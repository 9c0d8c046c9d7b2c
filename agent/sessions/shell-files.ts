import { chownSync, closeSync, constants, fstatSync, linkSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '../users/passwd.ts';
import { wholeLine } from './dialect.ts';

/** What a shell says behind a run. */
export interface Report {
  /** Number of the run. */
  number: number;
  /** `$?` */
  status: number;
  /** `$-` */
  flags: string;
  cwd: string;
}

/** More than this of a report is no report: a path has 4096 bytes at most. */
const reportBytes = 8192;

/** Writes a file beside a shell that belongs to its user, and to nobody else. What is there already keeps its owner. */
export function give(dir: string, name: string, content: string, { uid, gid }: Caller): void {
  const path = join(dir, name);
  writeFileSync(path, content, { mode: 0o600 });
  if (process.geteuid?.() === 0) chownSync(path, uid, gid);
}

/**
 * What a shell has reported last, undefined while it has not, or is about to. Its user can write there whatever they like, but only
 * into this file: the directory is not theirs.
 */
export function readReport(dir: string): Report | undefined {
  const bytes = readSome(join(dir, 'end'), reportBytes, 'start');
  const match = /^(\d{1,15}) (-?\d{1,10}) (\S{0,64}) ([^\0]*)\0$/.exec(bytes.toString());
  if (!match) return undefined;
  const [, number, status, flags, cwd] = match as unknown as [string, string, string, string, string];
  return { number: Number(number), status: Number(status), flags, cwd };
}

/**
 * Hands the state that an ended shell has left to the next one. Says which: `left` at its end, `state` after its last run, or none.
 * The agent doesn't read what is in it, which is the user's.
 */
export function handOnState(from: string, to: string): 'left' | 'state' | undefined {
  const name = newestState(from);
  if (name) linkSync(join(from, name), join(to, 'restore'));
  return name;
}

/** The state that there is of a shell. */
export function newestState(dir: string): 'left' | 'state' | undefined {
  return (['left', 'state'] as const).find(
    (name) => readSome(join(dir, name), wholeLine.length, 'end').toString() === wholeLine,
  );
}

function readSome(path: string, bytes: number, where: 'start' | 'end'): Buffer {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const from = where === 'start' ? 0 : Math.max(0, fstatSync(fd).size - bytes);
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(fd, buffer, 0, bytes, from));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
