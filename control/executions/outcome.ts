import type { CommandStatus } from '../../shared/api/commands.ts';
import type { KeptExecutionStatus } from '../../shared/api/kept-executions.ts';
import type { HandlerError, ProgramReport } from '../../shared/api/programs.ts';
import type { ExecutionRow, Outcome } from './store.ts';

export interface Ended {
  status: KeptExecutionStatus;
  outcome: Outcome;
}

/** Characters that are kept of a handler's error. */
const mostMessage = 16 * 1024;
const mostType = 256;
const mostTrace = 32 * 1024;
const mostLines = 200;

/** Words that AWS puts before what its sandbox, and not the handler, has to say. */
const said = (id: string, words: string) => `RequestId: ${id} Error: ${words}`;

/** What became of an execution, from what its agent reports of it. `most`: bytes of a handler's value that are kept. */
export function outcomeOf(row: ExecutionRow, report: ProgramReport, most: number): Ended {
  const { status, outcome: told } = report;
  const tookMs = Date.parse(status.finished_at ?? status.started_at) - Date.parse(status.started_at);
  const measured: Outcome = {
    exitCode: status.exit_code,
    durationMs: Math.max(0, tookMs),
    maxMemoryBytes: report.max_memory_bytes,
    cpuMs: report.cpu_ms,
  };
  const failed = (state: KeptExecutionStatus, error: HandlerError): Ended => ({
    status: state,
    outcome: { ...measured, error },
  });
  const errorOf = (errorType: string, words: string) => ({ errorType, errorMessage: said(row.id, words) });
  if (status.reason === 'timeout') {
    const words = `Task timed out after ${(row.timeoutMs / 1000).toFixed(2)} seconds`;
    return failed('timed_out', errorOf('Sandbox.Timedout', words));
  }
  if (status.reason === 'killed') return failed('cancelled', errorOf('Sandbox.Cancelled', 'Task was cancelled'));
  if (status.reason === 'lost') return failed('lost', errorOf('Sandbox.Lost', status.error ?? 'Its end was not seen'));
  if (row.handler === undefined) {
    if (status.reason === 'exited' && status.exit_code === 0) return { status: 'succeeded', outcome: measured };
    return failed('failed', errorOf('Runtime.ExitError', exitWords(status)));
  }
  const size = report.outcome_bytes ?? Buffer.byteLength(told?.value ?? '');
  if (size > most) {
    const words = `Response payload size (${size} bytes) exceeded maximum allowed payload size (${most} bytes).`;
    return failed('failed', { errorType: 'Function.ResponseSizeTooLarge', errorMessage: words });
  }
  // A value is what its runner has said last of all: whoever ended it otherwise can't have let it.
  const isSaid = status.reason === 'exited' && told && (told.error || status.exit_code === 0);
  if (!isSaid) return failed('failed', errorOf('Runtime.ExitError', exitWords(status)));
  const timed = { ...measured, durationMs: told.durationMs, initDurationMs: told.initMs };
  if (told.error) return { status: 'failed', outcome: { ...timed, error: bounded(told.error) } };
  return { status: 'succeeded', outcome: { ...timed, result: told.value } };
}

function exitWords({ reason, exit_code: code, error }: CommandStatus): string {
  if (reason === 'exited' && code === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: ${reason === 'exited' ? `exit status ${code}` : (error ?? reason)}`;
}

/** An error of the user's is as long as the user likes, and stands in lists. */
function bounded({ errorMessage, errorType, stackTrace, trace }: HandlerError): HandlerError {
  return {
    errorMessage: cut(errorMessage, mostMessage),
    errorType: cut(errorType, mostType),
    ...(stackTrace && { stackTrace: cutLines(stackTrace) }),
    ...(trace && { trace: cutLines(trace) }),
  };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters in all)`;
}

function cutLines(lines: string[]): string[] {
  let left = mostTrace;
  const kept = lines.slice(0, mostLines).flatMap((line) => {
    if (left <= 0) return [];
    const text = cut(line, left);
    left -= line.length;
    return [text];
  });
  return kept.length < lines.length ? [...kept, `… (${lines.length} lines in all)`] : kept;
}
