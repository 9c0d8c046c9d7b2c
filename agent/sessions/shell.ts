import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';
import { listenTo } from '../processes/bell.ts';
import { Holders } from '../processes/holders.ts';
import { ProcessInput } from '../processes/input.ts';
import { setMark, signalFirst } from '../processes/marks.ts';
import type { RunningProcess } from '../processes/process.ts';
import { orSpoolFull, type Processes } from '../processes/processes.ts';
import { bash } from './bash.ts';
import { type Before, type Dialect, stopFile } from './dialect.ts';
import { type ShellRecord, writeShellRecord } from './records.ts';
import { sh } from './sh.ts';
import { give, handOnState, type Report, readReport } from './shell-files.ts';

/** Between looks at a report, should its watch not be heard. */
const pollMs = 500;
/** A shell that has not come to reading by then, with a tenth of a processor, never does. */
const readyMs = 30_000;

export interface StartOptions {
  processes: Processes;
  record: ShellRecord;
  cwd: string;
  callerGraceMs: number;
  /** Shell whose state it takes over. */
  before?: Shell | undefined;
}

/** One shell process of a session: reads what it is told to run, and reports after each run. */
export class Shell {
  readonly process: RunningProcess;
  readonly record: ShellRecord;
  readonly holders: Holders;
  readonly #dialect: Dialect;
  readonly #input: ProcessInput;
  #isClosed = false;
  /** Those who wait for a report: they look, and are told when there will be none any more. */
  readonly #waiting = new Set<(isOver: boolean) => void>();

  private constructor(process: RunningProcess, record: ShellRecord, callerGraceMs: number) {
    this.process = process;
    this.record = record;
    this.#dialect = dialectOf(record);
    this.#input = new ProcessInput(process.dir);
    this.holders = new Holders(process, callerGraceMs);
    void process.ended.then(() => this.#look(true));
  }

  /** Starts a shell that is ready for its first run. @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR` */
  static async start({ processes, record, cwd, callerGraceMs, before }: StartOptions): Promise<Shell> {
    const id = randomUUID().replaceAll('-', '');
    const { caller, env } = record.session;
    const dialect = dialectOf(record);
    const dir = processes.directory(id);
    let shell: Shell | undefined;
    try {
      writeShellRecord(dir, record);
      for (const [name, content] of Object.entries(dialect.files(dir))) give(dir, name, content, caller);
      for (const name of ['end', 'state', 'left', 'start', 'script', 'interrupt', 'lent']) give(dir, name, '', caller);
      const isHandedOn = before !== undefined && handOnState(before.process.dir, dir) !== undefined;
      const restores = isHandedOn ? { exited: before.process.status?.reason === 'exited' } : undefined;
      const argv = [...record.words, ...dialect.options];
      const process = await processes.launch({ id, argv, cwd, env, caller, input: true });
      shell = new Shell(process, record, callerGraceMs);
      shell.#type(dialect.prepare(dir, restores) + dialect.report(dir, 0));
      await shell.#ready();
      return shell;
    } catch (error) {
      shell?.process.kill(true);
      shell?.close();
      processes.discard(id);
      throw orSpoolFull(error);
    }
  }

  /** Takes over a shell that an earlier agent started. @throws ENOENT when it never got as far as running */
  static adopt(processes: Processes, id: string, record: ShellRecord, callerGraceMs: number): Shell {
    return new Shell(processes.adopt(id), record, callerGraceMs);
  }

  /** The last report there is; undefined for one that never came to reading. */
  get lastReport(): Report | undefined {
    return readReport(this.process.dir);
  }

  /** Puts a run's files in place. @throws ApiError `SPOOL_FULL` */
  prepare(command: string, what: Omit<Before, 'status' | 'flags'>): void {
    const { dir } = this.process;
    const { caller } = this.record.session;
    const { status = 0, flags = '' } = this.lastReport ?? {};
    const before = { ...what, status, flags };
    try {
      give(dir, 'script', this.#dialect.script(command, before), caller);
      give(dir, 'start', this.#dialect.start(dir, before), caller);
    } catch (error) {
      throw orSpoolFull(error);
    }
  }

  /** Lets a run begin that was prepared. */
  run(number: number): void {
    const { dir } = this.process;
    this.#type(this.#dialect.run(dir) + this.#dialect.report(dir, number));
  }

  /** Breaks off what it does, as far as it lets itself be told. */
  interrupt(): void {
    signalFirst(this.process, this.#dialect.interrupt);
  }

  /** Keeps a run from beginning, should the shell not have come to it yet. */
  forbid(number: number): void {
    try {
      give(this.process.dir, stopFile(number), '', this.record.session.caller);
    } catch {
      // No room: then it has to begin before it ends.
    }
  }

  /** Asks for a report once more: an interrupt may have hit the shell where it was about to make it. */
  askAgain(number: number): void {
    this.#type(this.#dialect.reportAgain(this.process.dir, number));
  }

  /** Holds what it puts out from a place in the ring on for a reader, who has to come in time. */
  hold(ringPosition: number): void {
    this.process.ring.setHold(ringPosition);
    this.holders.expect();
  }

  /** Waits for the report behind a run; undefined when the shell ended without one. Never settles when the shell was closed. */
  reported(number: number): Promise<Report | undefined> {
    return new Promise((resolve) => {
      const look = (isOver: boolean) => {
        const report = this.#isClosed ? undefined : this.lastReport;
        if (!isOver && report?.number !== number) return;
        clearInterval(timer);
        unwatch();
        this.#waiting.delete(look);
        if (!this.#isClosed) resolve(report?.number === number ? report : undefined);
      };
      const timer = setInterval(look, pollMs, false).unref();
      const unwatch = watch(join(this.process.dir, 'end'), () => look(false));
      this.#waiting.add(look);
      look(this.process.status !== undefined);
    });
  }

  /** Sets the mark behind a run. Returns how many bytes of output lie before it, undefined when its runner is gone. */
  mark(number: number): Promise<number | undefined> {
    // The first is behind what the shell says of itself when it starts.
    return setMark(this.process, number + 1);
  }

  /** Lets go of it; it runs on. */
  close(): void {
    this.#isClosed = true;
    this.#look(true);
    this.holders.close();
    this.#input.close();
    this.process.close();
  }

  async #ready(): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), readyMs);
    const report = await Promise.race([this.reported(0), late.promise]);
    clearTimeout(timer);
    if (report && (await this.mark(0)) !== undefined) return;
    const status = this.process.look();
    const words = status?.error || this.process.tail(500).toString().trim() || 'it does not read what it is told';
    throw new ApiError('RUNTIME_ERROR', `The shell ${this.record.words.join(' ')} could not be started: ${words}`);
  }

  #look(isOver: boolean): void {
    for (const look of [...this.#waiting]) look(isOver);
  }

  #type(text: string): void {
    this.#input.write(Buffer.from(text));
  }
}

function dialectOf({ isBash }: ShellRecord): Dialect {
  return isBash ? bash : sh;
}

/** Root inside may have removed it: then it is looked for. */
function watch(path: string, ring: () => void): () => void {
  try {
    return listenTo(path, ring);
  } catch {
    return () => {};
  }
}
