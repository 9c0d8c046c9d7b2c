import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Columns and rows. */
export interface Size {
  cols: number;
  rows: number;
}

/** What is kept of a terminal, in a directory of the spool named after it, so that a new agent knows it too. */
export interface TerminalRecord {
  cwd: string;
  /** Empty: a shell that waits for input. */
  command: string;
  size: Size;
  /** ms since the epoch. */
  createdAt: number;
}

/** What is kept of one run of a terminal's shell beside its process. */
export interface RunRecord {
  /** Id of the terminal. */
  terminal: string;
  mode: 'pty' | 'pipe';
  /** Bytes that the terminal had put out before. */
  base: number;
  /** ms since the epoch. */
  startedAt: number;
}

const terminalFile = 'terminal.json';
const runFile = 'terminal-run.json';

/** Puts the record into a terminal's own directory. */
export function writeTerminal(dir: string, record: TerminalRecord): void {
  writeFileSync(join(dir, terminalFile), JSON.stringify(record), { mode: 0o600 });
}

/** Puts the record beside a run's process before that exists. */
export function writeRun(dir: string, record: RunRecord): void {
  writeFileSync(join(dir, runFile), JSON.stringify(record), { mode: 0o600 });
}

/** What an earlier agent has left in the spool: terminals by age, and runs by age. */
export function readRecords(spool: string): {
  terminals: { id: string; record: TerminalRecord }[];
  runs: { id: string; record: RunRecord }[];
} {
  const ids = readdirSync(spool, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const read = <T>(file: string) =>
    ids.flatMap((id) => {
      const record = readJson<T>(join(spool, id, file));
      return record ? [{ id, record }] : [];
    });
  return {
    terminals: read<TerminalRecord>(terminalFile).sort((a, b) => a.record.createdAt - b.record.createdAt),
    runs: read<RunRecord>(runFile).sort(
      (a, b) => a.record.base - b.record.base || a.record.startedAt - b.record.startedAt,
    ),
  };
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
