import { ApiError } from '../../shared/api/errors.ts';
import type { Death } from '../kernels/death.ts';
import type { CellError } from '../kernels/output.ts';

/** Errors that are not the cell's own: what ended it from outside. Names as clients see them in `ename`. */

export function kernelDied({ how, lastWords }: Death): CellError {
  const evalue = `The kernel ${how}. What its cells had defined is gone; the next cell starts a new kernel.`;
  return { ename: 'KernelDied', evalue, traceback: lastWords };
}

/** `own`: the error that the cell ended with. */
export function timedOut(ms: number, own: CellError | undefined): CellError {
  const evalue = `The cell was interrupted after ${ms} ms, its time-out. What cells have defined is kept.`;
  return { ename: 'CellTimedOut', evalue, traceback: own?.traceback ?? [] };
}

export function timedOutForGood(ms: number, { lastWords }: Death): CellError {
  const evalue = `The cell took no notice when it was interrupted after ${ms} ms, its time-out, so its kernel was ended. What its cells had defined is gone; the next cell starts a new kernel.`;
  return { ename: 'CellTimedOut', evalue, traceback: lastWords };
}

export function contextRestarted(): CellError {
  const evalue = 'The context was restarted while this cell ran. What its cells had defined is gone.';
  return { ename: 'ContextRestarted', evalue, traceback: [] };
}

export function contextDeleted(): CellError {
  return { ename: 'ContextDeleted', evalue: 'The context of this cell was deleted.', traceback: [] };
}

export function takenOut(): CellError {
  const evalue = 'The cell was taken out of the queue before its turn came.';
  return { ename: 'CellCancelled', evalue, traceback: [] };
}

/** For a cell whose turn came when no kernel could be started. */
export function notStarted(error: unknown): CellError {
  const code = error instanceof ApiError ? error.code : 'RUNTIME_ERROR';
  return { ename: code, evalue: error instanceof Error ? error.message : String(error), traceback: [] };
}

/** What the first cell in a new kernel is told before anything else. */
export function newKernelNotice({ how }: Death): string {
  return `The kernel ${how}. What its cells had defined is gone; this cell runs in a new kernel.\n`;
}
