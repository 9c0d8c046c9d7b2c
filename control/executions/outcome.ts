import type { CommandStatus } from '../../shared/api/commands.ts';
import type { KeptExecutionStatus } from '../../shared/api/kept-executions.ts';
import type { HandlerError, ProgramReport } from '../../shared/api/programs.ts';
import type { ExecutionRow, Outcome } from './store.ts';

export interface Ended {
  status: KeptExecutionStatus;
  outcome: Outcome;
}

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
  if (status.reason !== 'exited' || !told) return failed('failed', errorOf('Runtime.ExitError', exitWords(status)));
  const timed = { ...measured, durationMs: told.durationMs, initDurationMs: told.initMs };
  if (told.error) return { status: 'failed', outcome: { ...timed, error: told.error } };
  return { status: 'succeeded', outcome: { ...timed, result: told.value } };
}

function exitWords({ reason, exit_code: code, error }: CommandStatus): string {
  if (reason === 'exited' && code === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: ${reason === 'exited' ? `exit status ${code}` : (error ?? reason)}`;
}
