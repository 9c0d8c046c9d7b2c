import type { Processes } from '../processes/processes.ts';
import { findShell } from '../processes/shell.ts';
import { childEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { type RunRecord, type Size, type TerminalRecord, writeRun } from './records.ts';
import { Run } from './run.ts';

/** History that one run of a shell keeps. */
const ringBytes = 1024 * 1024;
/** From hanging up to SIGKILL. */
const graceMs = 3000;

export interface LaunchTerminalOptions {
  processes: Processes;
  callerGraceMs: number;
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
  /** Whom terminals act as. */
  caller(): Caller;
}

/** Environment of a terminal's programs. */
export function terminalEnvironment({ environ, keepHome, caller }: LaunchTerminalOptions): Record<string, string> {
  return { ...childEnvironment(environ, caller(), { keepHome }), TERM: 'xterm-256color' };
}

/**
 * Starts the shell of a terminal, with nobody's start-up files. Held back from its start: whoever starts it reads it.
 * @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR`, `UNKNOWN_USER`, `USER_NOT_ALLOWED`
 */
export async function launchRun(
  options: LaunchTerminalOptions,
  { cwd, command }: TerminalRecord,
  { size, ...record }: Omit<RunRecord, 'startedAt'> & { size: Size },
): Promise<Run> {
  const { processes, callerGraceMs } = options;
  const { words, isBash } = findShell();
  const id = crypto.randomUUID().replaceAll('-', '');
  const run: RunRecord = { ...record, startedAt: Date.now() };
  try {
    writeRun(processes.directory(id), run);
    const process = await processes.launch({
      id,
      argv: [...words, ...(isBash ? ['--norc', '--noprofile'] : []), ...(command ? ['-c', '--', command] : [])],
      cwd,
      env: terminalEnvironment(options),
      caller: options.caller(),
      ringBytes,
      graceMs,
      hold: true,
      input: true,
      terminal: run.mode === 'pty' ? size : undefined,
    });
    return new Run(process, run, callerGraceMs);
  } catch (error) {
    processes.discard(id);
    throw error;
  }
}
