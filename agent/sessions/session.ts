import { ApiError } from '../../shared/api/errors.ts';
import type { RunInSessionRequest, SessionState, SessionSummary } from '../../shared/api/sessions.ts';
import { workingDirectory } from '../users/working-directory.ts';
import { History } from './history.ts';
import type { SessionRecord } from './records.ts';
import { Run } from './run.ts';
import { Shell } from './shell.ts';
import { Shells, type ShellsOptions } from './shells.ts';
import type { Patience } from './stop.ts';
import { Turn } from './turn.ts';

/** Runs that may wait for their turn in one session. */
const maxWaiting = 16;
/** What the last resort takes with a crowd of processes and a tenth of a processor is less. */
const endMs = 36_000;

export interface StartSessionOptions extends ShellsOptions {
  /** The words that call the shell. */
  shell: { words: string[]; isBash: boolean };
  /** Where it begins. */
  cwd: string;
}

/** What a session is told to run. */
export type SessionCommand = RunInSessionRequest & {
  /** Variables for this run alone, with names that a shell can export. */
  lent?: Record<string, string> | undefined;
};

/** A shell that keeps its state from run to run. One run is at work at a time, the others wait for their turn. */
export class Session {
  readonly record: SessionRecord;
  readonly #shells: Shells;
  readonly #history: History;
  readonly #workdir: string;
  readonly #waiting: { run: Run; request: SessionCommand }[] = [];
  #nextRun: number;
  /** The run that is at work, or being made ready, and its turn once it has begun. */
  #current: Run | undefined;
  #turn: Turn | undefined;
  #working: Promise<void> | undefined;
  #isEnding = false;

  /** `shells`: at least one, the newest last. What an earlier agent has left running there is taken up. */
  constructor(record: SessionRecord, shells: Shell[], options: ShellsOptions) {
    this.record = record;
    this.#workdir = options.workdir;
    this.#shells = new Shells(shells, options);
    this.#history = new History(record.id, shells);
    this.#nextRun = this.#history.newest + 1;
    const running = this.#history.unfinished;
    if (running) this.#work(running);
  }

  /** Makes a session with a shell that is ready. @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR` */
  static async start(session: SessionRecord, options: StartSessionOptions): Promise<Session> {
    const { processes, shell, cwd, callerGraceMs } = options;
    const record = { session, restarts: 0, ...shell };
    return new Session(session, [await Shell.start({ processes, record, cwd, callerGraceMs })], options);
  }

  get id(): string {
    return this.record.id;
  }

  /** True from when it is told to end. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** The run that is at work, or being made ready. */
  get current(): Run | undefined {
    return this.#current;
  }

  /**
   * Runs a command when those before it have ended. What keeps one from running whose turn is now is thrown, else told as its end.
   * @throws ApiError `SESSION_BUSY`, `SESSION_NOT_FOUND`, `WORKING_DIRECTORY_NOT_FOUND`, `INVALID_PARAMETER`, `SPOOL_FULL`, `RUNTIME_ERROR`
   */
  async run(request: SessionCommand): Promise<Run> {
    if (this.#isEnding) throw gone(this.id);
    if (this.#waiting.length >= maxWaiting) {
      throw new ApiError('SESSION_BUSY', `${maxWaiting} runs wait for their turn in session ${this.id} already.`);
    }
    const isNext = this.#current === undefined && this.#waiting.length === 0;
    const run = Run.waiting(this.id, this.#nextRun++, request);
    this.#waiting.push({ run, request });
    this.#history.add(run);
    this.#work();
    if (isNext) {
      await run.begun.catch((error: unknown) => {
        this.#history.remove(run);
        throw error;
      });
    }
    return run;
  }

  /** @throws ApiError `RUN_NOT_FOUND` */
  get(number: number): Run {
    return this.#history.get(number);
  }

  /**
   * Ends the run that is at work, with all that it started, and returns when that is done. The shell stays, with its state, unless
   * it doesn't come back from what it does. @throws ApiError `COMMAND_NOT_RUNNING`, `RUNTIME_ERROR`
   */
  async interrupt(patience?: Patience): Promise<void> {
    const run = this.#current;
    await run?.begun.catch(() => {});
    if (!run || run.hasEnded || this.#current !== run || !this.#turn) {
      throw new ApiError('COMMAND_NOT_RUNNING', `Nothing runs in session ${this.id}.`, { field: 'id' });
    }
    this.#turn.stop('killed', patience);
    const late = Promise.withResolvers<true>();
    const timer = setTimeout(() => late.resolve(true), endMs);
    const isLate = await Promise.race([run.ended, late.promise]);
    clearTimeout(timer);
    if (isLate !== true) return;
    throw new ApiError(
      'RUNTIME_ERROR',
      `Something of run ${run.number} runs still, ${endMs / 1000} s after it was told to end.`,
    );
  }

  /** Ends its shells and everything that was started there, and returns when nothing is left. @throws ApiError `RUNTIME_ERROR` */
  async end(): Promise<void> {
    this.#isEnding = true;
    for (const { run } of this.#waiting.splice(0)) {
      run.fail(new ApiError('SESSION_NOT_FOUND', 'The session was deleted before the turn of this run came.'));
    }
    if (this.#turn) this.#turn.run.stopReason ??= 'deleted';
    for (let isDone = false; !isDone; ) {
      const isGone = await this.#shells.end(endMs);
      if (!isGone) throw new ApiError('RUNTIME_ERROR', `Something of session ${this.id} does not end.`);
      // A shell may have been on its way to life meanwhile.
      isDone = this.#working === undefined;
      await this.#working;
    }
  }

  /** Removes what is left of it when it has ended. */
  forget(): Promise<void> {
    return this.#shells.forget();
  }

  /** Lets go of it; its shells run on. */
  close(): void {
    this.#turn?.close();
    this.#shells.close();
  }

  summary(): SessionSummary {
    const { restarts, words } = this.#shells.newest.record;
    return {
      session_id: this.id,
      state: this.#current ? 'running' : 'idle',
      waiting: this.#waiting.length,
      shell: words.join(' '),
      cwd: this.#cwd,
      created_at: new Date(this.record.createdAt).toISOString(),
      restarts,
    };
  }

  describe(): SessionState {
    return { ...this.summary(), runs: this.#history.describe() };
  }

  /** Where the shell was when it last said so. */
  get #cwd(): string {
    return this.#shells.newest.lastReport?.cwd || this.#workdir;
  }

  #work(unfinished?: Run): void {
    this.#working ??= this.#takeTurns(unfinished).finally(() => {
      this.#working = undefined;
    });
  }

  async #takeTurns(unfinished?: Run): Promise<void> {
    if (unfinished) await this.#take(unfinished, async () => this.#continue(unfinished));
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { run, request } = next;
      await this.#take(run, () => this.#begin(run, request));
    }
  }

  async #take(run: Run, begin: () => Promise<Shell>): Promise<void> {
    this.#current = run;
    try {
      const shell = await begin();
      this.#turn = new Turn(run, shell);
      const { status, shellEnded } = await this.#turn.outcome();
      const isKept = !shellEnded || run.stopReason === 'deleted';
      run.end(status, isKept ? undefined : this.#shells.loss('run'));
      this.#save(shell);
    } catch (error) {
      run.fail(error as Error);
    } finally {
      this.#turn = undefined;
      this.#current = undefined;
      this.#history.removeOf(this.#shells.prune((shell) => this.#history.isOf(shell)));
    }
  }

  async #begin(run: Run, { command, cwd, envs, lent, hold }: SessionCommand): Promise<Shell> {
    const { shell, restarted } = await this.#shells.living(this.#cwd);
    if (this.#isEnding) throw gone(this.id);
    const { caller, env } = this.record;
    const directory = cwd ? workingDirectory(cwd, { env, caller, base: this.#cwd }) : undefined;
    shell.prepare(command, { number: run.number, cwd: directory, envs: envs ?? {}, lent: lent ?? {} });
    run.placeIn(shell, restarted);
    this.#history.save(shell);
    if (hold ?? true) shell.hold(run.record.ring);
    run.begin();
    shell.run(run.number);
    return shell;
  }

  #continue(run: Run): Shell {
    const shell = run.shell!;
    // The earlier agent may have put it down and not come to say so.
    shell.askAgain(run.number);
    return shell;
  }

  /** Best effort: where the spool is full, the next agent asks the shell. */
  #save(shell: Shell): void {
    try {
      this.#history.save(shell);
    } catch {
      // What is there says that the run is at work, and the shell's report says how it ended.
    }
  }
}

function gone(id: string): ApiError {
  return new ApiError('SESSION_NOT_FOUND', `There is no session ${id.slice(0, 100)}.`, { field: 'id' });
}
