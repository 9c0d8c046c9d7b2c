import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { HandlerOutcome } from '../../shared/api/programs.ts';
import { resultFile } from './files.ts';

/** What a handler said: one outcome, or how many bytes it was where that is too much. Neither: nothing that can be read. */
export interface Said {
  outcome?: HandlerOutcome;
  bytes?: number;
}

/** Reads what the runner of a handler wrote, which the user's code may have written over: it is what it says it is, or nothing. */
export function readOutcome(directory: string, mostBytes: number): Said {
  let fd: number | undefined;
  try {
    fd = openSync(resultFile(directory), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    // Whoever may replace it could have put a pipe there, which nobody ever writes to.
    if (!fstatSync(fd).isFile()) return {};
    const bytes = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = readSync(fd, bytes, length, bytes.length - length, length);
    }
    if (length > mostBytes) return { bytes: length };
    const outcome = HandlerOutcome.parse(JSON.parse(bytes.toString('utf8', 0, length)));
    const isOne = (outcome.value === undefined) !== (outcome.error === undefined);
    if (!isOne) return {};
    if (outcome.value !== undefined) JSON.parse(outcome.value);
    return { outcome };
  } catch {
    return {};
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
