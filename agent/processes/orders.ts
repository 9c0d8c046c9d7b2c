import { closeSync, constants, writeSync } from 'node:fs';
import type { Caller } from '../users/passwd.ts';
import { openShared } from './shared-files.ts';

/** What a runner's FIFO says when nobody reads it: never made or removed, no reader, or one that has just gone. */
const gone = new Set(['ENOENT', 'ENXIO', 'EPIPE']);

/**
 * Gives a runner an order of agent/init/PROTOCOL.md, or none: ''. False when there is no runner any more. True says nothing
 * about what becomes of it: a runner that was stopped reads no orders, so what has to happen is ordered again.
 * `owner`: who the runner runs as, where that is not the agent itself.
 */
export function order(dir: string, line: string, owner?: Caller): boolean {
  let fd: number | undefined;
  try {
    fd = openShared(dir, 'ctl', constants.O_WRONLY | constants.O_NONBLOCK, owner);
    if (line) writeSync(fd, `${line}\n`);
    return true;
  } catch (error) {
    // Whatever else goes wrong, as having too many files open, is no sign of its end.
    return !gone.has((error as NodeJS.ErrnoException).code ?? '');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
