import type { Command } from '../commands/command.ts';
import { describeEnd, type EndStatus } from '../processes/status.ts';

/** How a command ended, as tools tell it. */
export interface ToldEnd {
  success: boolean;
  exitCode: number;
  durationMs: number;
  /** Why it did not end by itself. */
  error?: string;
}

/** @param command one that has ended */
export function toldEnd({ process, startedAt }: Command): ToldEnd {
  const status = process.status!;
  return {
    success: status.reason === 'exited' && status.code === 0,
    exitCode: exitCodeOf(status),
    durationMs: Math.max(0, status.ended - startedAt),
    ...(status.reason === 'exited' ? {} : { error: errorOf(status, startedAt) }),
  };
}

/** As shells have it: 128 and the number of the signal, 124 for a time-out as of timeout(1), 127 for what can't be run. */
function exitCodeOf({ reason, code, signal }: EndStatus): number {
  switch (reason) {
    case 'exited':
      return code;
    case 'signaled':
      return 128 + signal;
    case 'timeout':
      return 124;
    case 'failed':
      return 127;
    case 'killed':
    case 'lost':
      return 128 + 9;
  }
}

function errorOf(status: EndStatus, startedAt: number): string {
  const seconds = ((status.ended - startedAt) / 1000).toFixed(1);
  if (status.reason === 'timeout')
    return `It was ended by its time-out after ${seconds} s. What it had put out by then is here. For what takes longer give it a longer \`timeout\`.`;
  if (status.reason === 'signaled' && status.signal === 9)
    return 'It was killed (signal 9), by the system for want of memory unless by another program.';
  if (status.reason === 'killed') return 'It was ended on request.';
  return `It did not end by itself: ${describeEnd(status)}.`;
}
