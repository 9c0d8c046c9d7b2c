import { afterLiving } from '../processes/living.ts';
import type { EndStatus } from '../processes/status.ts';
import type { Run, StopReason } from './run.ts';
import type { Shell } from './shell.ts';
import type { Report } from './shell-files.ts';
import { type Patience, stopRun } from './stop.ts';

/** A time-out is for good: little is asked nicely. */
const usual: Record<'killed' | 'timeout', Patience> = {
  killed: { term: 1000, kill: 3000, shell: 6000 },
  timeout: { term: 250, kill: 250, shell: 2000 },
};

/** How a turn has ended. */
export interface Outcome {
  status: EndStatus;
  /** The shell has ended with the run. */
  shellEnded: boolean;
}

/** The time in which one run is at work in its shell. */
export class Turn {
  readonly run: Run;
  readonly #shell: Shell;
  readonly #reported: Promise<Report | undefined>;
  readonly #callOffTimeout: () => void;
  #stopped = Promise.resolve();

  /** The run has begun. Its time-out counts from then, by whichever agent. */
  constructor(run: Run, shell: Shell) {
    this.run = run;
    this.#shell = shell;
    this.#reported = shell.reported(run.number);
    const { timeoutMs, startedAt } = run.record;
    const left = timeoutMs && Math.max(1, timeoutMs - (Date.now() - startedAt));
    this.#callOffTimeout = left ? afterLiving(left, () => this.stop('timeout')) : () => {};
  }

  /** Ends the run and all that it started, unless that was asked for already. */
  stop(reason: 'killed' | 'timeout', patience: Patience = usual[reason]): void {
    if (this.run.stopReason) return;
    this.run.stopReason = reason;
    this.#stopped = stopRun(this.#shell, this.run, this.#reported, patience);
  }

  /** Resolves when the run has ended, and all that it has put out is in the ring. */
  async outcome(): Promise<Outcome> {
    const { run } = this;
    const { process } = this.#shell;
    const report = await this.#reported;
    this.#callOffTimeout();
    await this.#stopped;
    const position = report && (await this.#shell.mark(run.number));
    if (report && position !== undefined) {
      const { startedAt: started } = run;
      const exited = { reason: 'exited', signal: 0, error: '', started, ended: Date.now() } as const;
      return { status: asAsked({ ...exited, code: report.status, position }, run.stopReason), shellEnded: false };
    }
    process.checkRunner();
    return { status: asAsked(await process.ended, run.stopReason), shellEnded: true };
  }

  /** Lets go of it; the run goes on. */
  close(): void {
    this.#callOffTimeout();
  }
}

/** What was asked for is the reason, however the shell came back from it. */
function asAsked(status: EndStatus, stopReason: StopReason | undefined): EndStatus {
  if (!stopReason) return status;
  return { ...status, reason: stopReason === 'timeout' ? 'timeout' : 'killed', code: -1 };
}
