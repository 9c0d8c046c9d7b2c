import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Restarted } from '../../shared/api/events.ts';
import { signalFirst } from '../processes/marks.ts';
import type { Processes } from '../processes/processes.ts';
import { describeEnd } from '../processes/status.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import { Shell } from './shell.ts';
import { newestState } from './shell-files.ts';

/** Those that have ended, nothing of which runs, and that are kept for who comes back to their runs. */
const remembered = 4;
const SIGHUP = 1;
/** Between looks whether the last reader has gone, and looks until readers are broken off. */
const readerPollMs = 50;
const readerLooks = 200;

export interface ShellsOptions {
  processes: Processes;
  /** Where a shell begins whose directory is gone. */
  workdir: string;
  callerGraceMs: number;
}

const keptWords: Record<Restarted['kept'], string> = {
  state: 'with the directory, variables, functions, aliases and options that this one had',
  earlier: 'with the directory, variables, functions, aliases and options that there were before this run',
  exported: 'with the directory and exported variables that this one had told last',
  directory: 'with the directory of before, and nothing else',
};

/** The shells of one session: the newest is in use; of the others something runs still, or somebody may come back to their runs. */
export class Shells {
  readonly #options: ShellsOptions;
  readonly #shells: Shell[];
  /** The newest has ended, and that was told. */
  #isTold = false;

  /** `shells`: at least one, the oldest first. */
  constructor(shells: Shell[], options: ShellsOptions) {
    this.#shells = shells;
    this.#options = options;
  }

  get newest(): Shell {
    return this.#shells.at(-1)!;
  }

  get all(): readonly Shell[] {
    return this.#shells;
  }

  /**
   * The newest, or one in its place when that has ended, with what of the state it has. `cwd`: where the newest was last.
   * @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR`
   */
  async living(cwd: string): Promise<{ shell: Shell; restarted?: Restarted | undefined }> {
    const before = this.newest;
    before.process.checkRunner();
    if (!before.process.status) return { shell: before };
    const restarted = this.#isTold ? undefined : this.loss('idle');
    const { processes, callerGraceMs, workdir } = this.#options;
    const record = { ...before.record, restarts: before.record.restarts + 1 };
    const begins = isDirectory(cwd, record.session.caller) ? cwd : workdir;
    const shell = await Shell.start({ processes, record, cwd: begins, callerGraceMs, before });
    this.#shells.push(shell);
    this.#isTold = false;
    return { shell, restarted };
  }

  /** Tells that the newest has ended, with a run or between two, and what the next will have of it. */
  loss(when: 'run' | 'idle'): Restarted {
    this.#isTold = true;
    const { process, record } = this.newest;
    const state = newestState(process.dir);
    const kept = !state
      ? 'directory'
      : !record.isBash
        ? 'exported'
        : state === 'left' || when === 'idle'
          ? 'state'
          : 'earlier';
    const how = process.status ? ` (${describeEnd(process.status)})` : '';
    const next = when === 'run' ? 'The next run gets a new one' : 'This run has a new one';
    const reason = `The shell ended${when === 'run' ? ' with this run' : ''}${how}. ${next}, ${keptWords[kept]}. What runs in the background runs on, unknown to its jobs.`;
    return { reason, kept };
  }

  /** Forgets those that are not needed any more, and says which. `isWanted`: somebody may come back to one of its runs. */
  prune(isWanted: (shell: Shell) => boolean): Shell[] {
    const ended = this.#shells
      .slice(0, -1)
      .filter(({ process }) => process.status && !process.hasRunner && !process.isRead);
    const wanted = ended.filter(isWanted).slice(-remembered);
    const gone = ended.filter((shell) => !wanted.includes(shell));
    for (const shell of gone) this.#discard(shell);
    return gone;
  }

  /** Ends all of them, and everything below. True when nothing is left. */
  async end(ms: number): Promise<boolean> {
    const ends = this.#shells.map(({ process }) => {
      // Interactive shells pay no heed to SIGTERM.
      signalFirst(process, SIGHUP);
      return process.end(ms);
    });
    return (await Promise.all(ends)).every((isGone) => isGone);
  }

  /** Forgets all of them, when those who read have read to the end, or have had time for it. */
  async forget(): Promise<void> {
    const isRead = () => this.#shells.some(({ process }) => process.isRead);
    for (let look = 0; isRead() && look < readerLooks; look += 1) await delay(readerPollMs, undefined, { ref: false });
    for (const shell of [...this.#shells]) this.#discard(shell);
  }

  /** Lets go of them; they run on. */
  close(): void {
    for (const shell of this.#shells) shell.close();
  }

  #discard(shell: Shell): void {
    shell.close();
    this.#options.processes.discard(shell.process.id);
    this.#shells.splice(this.#shells.indexOf(shell), 1);
  }
}

function isDirectory(path: string, caller: Caller): boolean {
  return withRights(caller, () => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}
