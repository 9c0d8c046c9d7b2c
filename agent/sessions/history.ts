import { ApiError } from '../../shared/api/errors.ts';
import type { SessionRun } from '../../shared/api/sessions.ts';
import { readRuns, writeRuns } from './records.ts';
import { Run } from './run.ts';
import type { Shell } from './shell.ts';

/** Ended runs that can be come back to. */
const remembered = 32;

/** The runs of one session: those that wait, the one at work, and the last that have ended. */
export class History {
  readonly #session: string;
  #runs: Run[] = [];

  /** Knows what earlier agents have put down beside `shells`, the oldest of which comes first. */
  constructor(session: string, shells: readonly Shell[]) {
    this.#session = session;
    for (const shell of shells) {
      for (const record of readRuns(shell.process.dir)) {
        const run = new Run(session, record);
        run.continueIn(shell);
        this.#runs.push(run);
      }
    }
  }

  /** Number of the newest run, 0 before the first. */
  get newest(): number {
    return this.#runs.at(-1)?.number ?? 0;
  }

  /** The run that an earlier agent has left at work. */
  get unfinished(): Run | undefined {
    return this.#runs.find((run) => run.shell && !run.hasEnded);
  }

  add(run: Run): void {
    this.#runs.push(run);
    const ended = this.#runs.filter(({ hasEnded }) => hasEnded);
    if (ended.length > remembered) this.remove(ended[0]!);
  }

  /** Forgets one. */
  remove(run: Run): void {
    this.#runs = this.#runs.filter((other) => other !== run);
  }

  /** Forgets those of shells that are forgotten. */
  removeOf(shells: readonly Shell[]): void {
    this.#runs = this.#runs.filter(({ shell }) => !shell || !shells.includes(shell));
  }

  /** @throws ApiError `RUN_NOT_FOUND` */
  get(number: number): Run {
    const run = this.#runs.find((other) => other.number === number);
    if (run) return run;
    throw new ApiError(
      'RUN_NOT_FOUND',
      `There is no run ${number} in session ${this.#session}; old ones are forgotten.`,
      {
        field: 'run',
      },
    );
  }

  isOf(shell: Shell): boolean {
    return this.#runs.some((run) => run.shell === shell);
  }

  /** Puts down the runs of a shell, for the next agent. */
  save(shell: Shell): void {
    const runs = this.#runs.filter((run) => run.shell === shell);
    writeRuns(
      shell.process.dir,
      runs.map(({ record }) => record),
    );
  }

  describe(): SessionRun[] {
    return this.#runs.map((run) => run.describe());
  }
}
