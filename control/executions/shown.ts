import type { z } from 'zod';
import type { FullExecution, KeptExecution } from '../../shared/api/kept-executions.ts';
import { exactJson } from './exact-json.ts';
import type { ExecutionRow, ListedRow } from './store.ts';

const time = (at: number) => new Date(at).toISOString();
const mebibyte = 1024 * 1024;

/** An execution as the list shows it: without what it said. */
export function listed(row: ListedRow): KeptExecution {
  const { outcome = {} } = row;
  const { exitCode, error, durationMs, initDurationMs, maxMemoryBytes, cpuMs } = outcome;
  return {
    id: row.id,
    status: row.status,
    ...(row.workspace !== undefined && { workspace: row.workspace }),
    ...(row.sandboxId !== undefined && { sandboxId: row.sandboxId }),
    language: row.language,
    ...(row.handler !== undefined && { handler: row.handler, functionName: row.functionName }),
    timeout: row.timeoutMs / 1000,
    createdAt: time(row.createdAt),
    ...(row.startedAt !== undefined && { startedAt: time(row.startedAt) }),
    ...(row.finishedAt !== undefined && { finishedAt: time(row.finishedAt) }),
    ...(exitCode !== undefined && { exitCode }),
    ...(error && { error }),
    ...(durationMs !== undefined && { durationMs: hundredths(durationMs) }),
    ...(initDurationMs !== undefined && { initDurationMs: hundredths(initDurationMs) }),
    ...(durationMs !== undefined &&
      row.handler !== undefined && { billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)) }),
    ...(maxMemoryBytes !== undefined && { maxMemoryUsedMB: hundredths(maxMemoryBytes / mebibyte) }),
    ...(cpuMs !== undefined && { cpuTimeMs: cpuMs }),
  };
}

/** An execution with what it said. */
export function shown(row: ExecutionRow): z.infer<typeof FullExecution> {
  const { outcome } = row;
  const stdout = outputOf(row, 'stdout');
  const stderr = outputOf(row, 'stderr');
  const cut = (stream: 'stdout' | 'stderr', text: string) => {
    const bytes = outcome?.cut?.[stream];
    if (bytes === undefined) return {};
    const path = `/v1/sandboxes/${row.sandboxId}/proxy/44772/command/${row.id}/output?stream=${stream}`;
    return { [stream]: { bytes, kept: Buffer.byteLength(text), ...(!row.ownsSandbox && { all: path }) } };
  };
  return {
    ...listed(row),
    code: row.code,
    ...(outcome?.result !== undefined && { result: exactJson(outcome.result) }),
    ...(row.events && { stdout, stderr }),
    ...(outcome?.cut && { truncated: { ...cut('stdout', stdout), ...cut('stderr', stderr) } }),
  };
}

/** What is kept of a stream. */
export function outputOf({ events = [] }: ExecutionRow, stream: 'stdout' | 'stderr'): string {
  return events.map(({ event }) => (event.type === stream ? (event.text ?? '') : '')).join('');
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
