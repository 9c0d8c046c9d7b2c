import type { Restarted, StreamEvent } from '../../shared/api/events.ts';
import type { RunInSessionRequest, SessionRun } from '../../shared/api/sessions.ts';
import { type Execution, type ExecutionEnd, lastEvent } from '../processes/execution.ts';
import type { Hold } from '../processes/holders.ts';
import type { EndStatus } from '../processes/status.ts';
import type { RunRecord } from './records.ts';
import { RunOutput } from './run-output.ts';
import type { Shell } from './shell.ts';

/** What is remembered of a command, in characters. */
const commandLength = 200;

/** Why a run is ended that would go on. */
export type StopReason = 'killed' | 'timeout' | 'deleted';

/** One run of a session: waits for its turn, runs in a shell, ends once. */
export class Run implements Execution {
  /** The session's. */
  readonly id: string;
  readonly record: RunRecord;
  /** Settles when it runs, or will never run; rejects with what kept it from running. */
  readonly begun: Promise<void>;
  readonly ended: Promise<ExecutionEnd>;
  /** Undefined until its turn comes. */
  shell: Shell | undefined;
  /** Why it was told to end; the first reason counts. */
  stopReason: StopReason | undefined;
  /** Tells of a shell that was started for it. */
  restarted: Restarted | undefined;
  #output: RunOutput | undefined;
  readonly #begun = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<ExecutionEnd>();

  constructor(id: string, record: RunRecord) {
    this.id = id;
    this.record = record;
    this.begun = this.#begun.promise;
    this.ended = this.#end.promise;
    // Whoever waits for its events sees it fail by them.
    this.begun.catch(() => {});
  }

  /** One that waits for its turn. */
  static waiting(id: string, number: number, { command, timeout }: RunInSessionRequest): Run {
    const short = command.slice(0, commandLength);
    const timeoutMs = timeout || undefined;
    return new Run(id, { number, command: short, startedAt: Date.now(), timeoutMs, position: 0, ring: 0 });
  }

  get number(): number {
    return this.record.number;
  }

  get startedAt(): number {
    return this.record.startedAt;
  }

  get origin(): { position: number; ring: number } {
    return this.record;
  }

  /** Only of a run that has begun. */
  get output(): RunOutput {
    if (!this.#output) throw new Error(`run ${this.number} has not begun`);
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.record.end !== undefined;
  }

  /** True while the shell waits for a reader of this run, or for one to come back. */
  get isHeld(): boolean {
    return this.#output !== undefined && !this.hasEnded && this.#output.ring.state().hold !== undefined;
  }

  /** Only of a run that has begun. See `Holders.hold`. */
  hold(): Hold {
    return this.shell!.holders.hold();
  }

  /** Its output is what the shell puts out from now on. */
  placeIn(shell: Shell, restarted: Restarted | undefined): void {
    const { stdout, stderr, head } = shell.process.ring.state();
    Object.assign(this.record, { startedAt: Date.now(), position: stdout + stderr, ring: head });
    this.restarted = restarted;
    this.shell = shell;
  }

  /** Its turn has come, in the shell where it was placed. */
  begin(): void {
    this.#output = new RunOutput(this.shell!.process, this.number + 1);
    this.#begun.resolve();
  }

  /** Takes up where an earlier agent has left it. */
  continueIn(shell: Shell): void {
    this.shell = shell;
    this.begin();
    if (this.record.end) this.end(this.record.end.status, this.record.end.restarted);
  }

  /** Ends it. `restarted` tells of a shell that ended with it. */
  end(status: EndStatus, restarted?: Restarted): void {
    this.record.end = { status, restarted };
    this.#output?.end(status.position);
    const { position, ended } = status;
    const more = restarted ? [restarted.reason] : this.stopReason === 'deleted' ? ['The session was deleted.'] : [];
    const notice: StreamEvent | undefined = restarted && { type: 'restarted', restarted, timestamp: ended };
    this.#end.resolve({ position, ended, last: lastEvent(status, this.startedAt, more), notice });
  }

  /** Ends it without that it ever ran. */
  fail(error: Error): void {
    if (this.hasEnded) return;
    const now = Date.now();
    if (!this.#output) this.shell = undefined;
    this.#begun.reject(error);
    this.end({
      reason: 'failed',
      code: -1,
      signal: 0,
      error: error.message,
      started: now,
      ended: now,
      position: this.record.position,
    });
  }

  describe(): SessionRun {
    const { number, command, startedAt, end } = this.record;
    const state = end ? 'ended' : this.shell ? 'running' : 'waiting';
    return {
      run: number,
      command,
      state,
      ...(this.shell && { started_at: new Date(startedAt).toISOString() }),
      ...(end && {
        exit_code: end.status.code,
        reason: end.status.reason,
        finished_at: new Date(end.status.ended).toISOString(),
      }),
    };
  }
}
