import type { CreateExecutionRequest } from '../../shared/api/kept-executions.ts';
import type { ExecuteRequest, SessionExecution, SessionResult } from '../../shared/api/template-sessions.ts';
import { exactJson } from '../executions/exact-json.ts';
import { outputOf } from '../executions/shown.ts';
import type { ExecutionRow, ListedRow } from '../executions/store.ts';

/** Ways in which a module gives a function of that name out: by its property, or in a statement that begins so. */
const property = /\bexports\s*\.\s*handler\b/;
const beginning = /\bexport\b|\bmodule\s*\.\s*exports\s*=/;

/** One look at each statement: one expression for all would take a time that grows with the square of the code's length. */
export function exportsHandler(code: string): boolean {
  if (property.test(code)) return true;
  return code.split(';').some((statement) => {
    const at = statement.search(beginning);
    return at >= 0 && /\bhandler\b/.test(statement.slice(at));
  });
}

/** What is run for a session: Python's `handler`, JavaScript's where it has one, shell as it is. */
export function executionRequest(sandboxId: string, asked: ExecuteRequest): CreateExecutionRequest {
  const { code, language, timeout, event, stdin, env_vars: env } = asked;
  const given = event ?? {};
  const request = { sandboxId, code, language, timeout, stdin, env, event: given };
  if (language === 'shell') return { ...request, stdin: stdin ?? (event == null ? undefined : JSON.stringify(event)) };
  const isHandler = language === 'python' || exportsHandler(code);
  return { ...request, ...(isHandler && { handler: 'handler' }) };
}

const statuses = {
  pending: 'pending',
  running: 'running',
  succeeded: 'completed',
  failed: 'failed',
  timed_out: 'timeout',
  cancelled: 'failed',
  lost: 'failed',
} as const;

const time = (at: number) => new Date(at).toISOString();

/** An execution as those clients know it. */
export function shownExecution(row: ListedRow): SessionExecution {
  return {
    execution_id: row.id,
    id: row.id,
    ...(row.sandboxId !== undefined && { session_id: row.sandboxId }),
    status: statuses[row.status],
    language: row.language,
    created_at: time(row.createdAt),
    ...(row.startedAt !== undefined && { started_at: time(row.startedAt) }),
    ...(row.finishedAt !== undefined && { completed_at: time(row.finishedAt) }),
  };
}

/** What came of it. */
export function shownResult(row: ExecutionRow): SessionResult {
  const { outcome } = row;
  const status = statuses[row.status];
  const { durationMs: duration, cpuMs: cpu, maxMemoryBytes: memory } = outcome ?? {};
  return {
    execution_id: row.id,
    status: status === 'completed' ? 'success' : status,
    stdout: outputOf(row, 'stdout'),
    stderr: outputOf(row, 'stderr'),
    ...(outcome && { exit_code: outcome.exitCode ?? -1 }),
    ...(duration !== undefined && { execution_time: duration / 1000 }),
    ...(outcome?.result !== undefined && { return_value: exactJson(outcome.result) }),
    ...(outcome?.error && { error_message: `${outcome.error.errorType}: ${outcome.error.errorMessage}` }),
    ...(duration !== undefined && {
      metrics: {
        duration_ms: duration,
        ...(cpu !== undefined && { cpu_time_ms: cpu }),
        ...(memory !== undefined && { peak_memory_mb: memory / 2 ** 20 }),
      },
    }),
  };
}
