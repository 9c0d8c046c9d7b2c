import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from '../processes/processes.ts';
import { readShellRecord, type SessionRecord } from './records.ts';
import { Session } from './session.ts';
import { Shell } from './shell.ts';
import type { ShellsOptions } from './shells.ts';

export interface LeftSessionsOptions extends ShellsOptions {
  spool: string;
}

/**
 * The sessions of earlier agents that one room of this one keeps, the oldest first: those that `isWanted` says of. They are taken up, and
 * what they run goes on. To be asked for once.
 */
export function leftSessions(options: LeftSessionsOptions, isWanted: (record: SessionRecord) => boolean): Session[] {
  const bySession = Map.groupBy(leftShells(options, isWanted), (shell) => shell.record.session.id);
  const found = [...bySession.values()].sort((a, b) => createdAt(a[0]!) - createdAt(b[0]!));
  return found.map((shells) => {
    shells.sort((a, b) => a.record.restarts - b.record.restarts);
    return new Session(shells[0]!.record.session, shells, options);
  });
}

function leftShells(options: LeftSessionsOptions, isWanted: (record: SessionRecord) => boolean): Shell[] {
  const { processes, spool, callerGraceMs } = options;
  const shells: Shell[] = [];
  for (const entry of readdirSync(spool, { withFileTypes: true })) {
    const record = entry.isDirectory() ? readShellRecord(join(spool, entry.name)) : undefined;
    if (!record || !isWanted(record.session)) continue;
    try {
      const shell = Shell.adopt(processes, entry.name, record, callerGraceMs);
      if (shell.lastReport) shells.push(shell);
      else abandon(shell, processes);
    } catch (error) {
      // The agent died between making the directory and starting the runner: there was never a shell.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') processes.discard(entry.name);
    }
  }
  return shells;
}

/** A shell that its agent never saw ready: nobody knows of it. */
function abandon(shell: Shell, processes: Processes): void {
  const { process } = shell;
  void process.end(Number.POSITIVE_INFINITY).then(() => {
    shell.close();
    processes.discard(process.id);
  });
  process.kill(true);
}

function createdAt(shell: Shell): number {
  return shell.record.session.createdAt;
}
