import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Restarted } from '../../shared/api/events.ts';
import type { EndStatus } from '../processes/status.ts';
import type { Caller } from '../users/passwd.ts';

/** What is kept of a session in the directory of each of its shells, so that a new agent knows it too. */
export interface SessionRecord {
  id: string;
  /** ms since the epoch. */
  createdAt: number;
  caller: Caller;
  /** The environment that its shells begin with. */
  env: Record<string, string>;
  /** What another room keeps it for, as JSON. It is none of those that the API calls sessions then. */
  owner?: unknown;
}

/** What is kept of one shell. */
export interface ShellRecord {
  session: SessionRecord;
  /** How many shells the session had before it. */
  restarts: number;
  /** The words that call it. */
  words: string[];
  isBash: boolean;
}

/** What is kept of one run. */
export interface RunRecord {
  number: number;
  /** The command, or the beginning of a long one. */
  command: string;
  /** ms since the epoch, when its turn came. */
  startedAt: number;
  timeoutMs?: number | undefined;
  /** Where its output begins: bytes of both streams before it, and the place in its shell's ring. */
  position: number;
  ring: number;
  end?: { status: EndStatus; restarted?: Restarted | undefined } | undefined;
}

const shellFile = 'session.json';
const runsFile = 'runs.json';

/** Puts the record of a shell into its directory before that exists: it makes the process a session's. */
export function writeShellRecord(dir: string, record: ShellRecord): void {
  writeFileSync(join(dir, shellFile), JSON.stringify(record), { mode: 0o600 });
}

/** The record of a shell, undefined where a directory is not a shell's. */
export function readShellRecord(dir: string): ShellRecord | undefined {
  return readJson(join(dir, shellFile)) as ShellRecord | undefined;
}

/** Puts down what is known of a shell's runs, in place of what was. */
export function writeRuns(dir: string, runs: RunRecord[]): void {
  const draft = join(dir, `${runsFile}.tmp`);
  writeFileSync(draft, JSON.stringify(runs), { mode: 0o600 });
  renameSync(draft, join(dir, runsFile));
}

/** The runs of a shell, the oldest that is remembered first. */
export function readRuns(dir: string): RunRecord[] {
  return (readJson(join(dir, runsFile)) ?? []) as RunRecord[];
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
