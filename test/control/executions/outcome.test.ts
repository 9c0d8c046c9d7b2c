import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../../control/executions/outcome.ts';
import type { ExecutionRow } from '../../../control/executions/store.ts';
import type { ProgramReport } from '../../../shared/api/programs.ts';

const row = { id: 'x', handler: 'handler', timeoutMs: 1000 } as ExecutionRow;
const times = { initMs: 1, durationMs: 1 };

function report(outcome: ProgramReport['outcome'], code: number): ProgramReport {
  const at = new Date(1).toISOString();
  const output_bytes = { stdout: 0, stderr: 0 };
  const status = { id: 'x', running: false, reason: 'exited', exit_code: code, started_at: at, finished_at: at };
  return { status: { ...status, content: '', output_bytes } as ProgramReport['status'], outcome };
}

test('a value counts only where the handler’s process has come to its proper end', () => {
  assert.equal(outcomeOf(row, report({ value: '1', ...times }, 0), 1000).status, 'succeeded');
  const { status, outcome } = outcomeOf(row, report({ value: '1', ...times }, 3), 1000);
  assert.deepEqual([status, outcome.error?.errorType, outcome.result], ['failed', 'Runtime.ExitError', undefined]);
});

test('of an error as long as its user likes the beginning is kept, and how long it was is said', () => {
  const error = {
    errorType: 't'.repeat(1000),
    errorMessage: 'm'.repeat(3_000_000),
    stackTrace: Array.from({ length: 100_000 }, () => 'line\n'),
    trace: ['l'.repeat(3_000_000)],
  };
  const kept = outcomeOf(row, report({ error, ...times }, 1), 10_000_000).outcome.error!;
  assert.ok(JSON.stringify(kept).length < 100_000);
  assert.match(kept.errorMessage, /^m+… \(3000000 characters in all\)$/);
  assert.equal(kept.stackTrace?.at(-1), '… (100000 lines in all)');
  assert.match(kept.trace![0]!, /^l+… \(3000000 characters in all\)$/);
  const short = { errorType: 'E', errorMessage: 'm', stackTrace: ['line\n'] };
  assert.deepEqual(outcomeOf(row, report({ error: short, ...times }, 1), 1000).outcome.error, short);
});
