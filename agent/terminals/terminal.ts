import type { TerminalStatus } from '../../shared/api/terminals.ts';
import { countDescendants } from '../processes/descendants.ts';
import type { Client } from './client.ts';
import type { RunRecord, Size, TerminalRecord } from './records.ts';
import type { Run } from './run.ts';

/** Starts a shell. */
export type StartRun = (record: Omit<RunRecord, 'startedAt'> & { size: Size }) => Promise<Run>;
/** Forgets a run that has ended, and what it kept in the spool. */
export type DiscardRun = (run: Run) => void;

/** Two may look for the end of what they hold at the same time, so it is looked for this long. */
const endMs = 33_000;
/** Clients have so long to take the last words of a terminal that is ended. */
const lastWordsMs = 1000;

/** One terminal: a shell that is started when somebody connects, and started again when somebody does who knows of its end. */
export class Terminal {
  readonly id: string;
  readonly record: TerminalRecord;
  /** Runs of its shell, the oldest first: the last, the one before as history, and others of which something still runs. */
  readonly #runs: Run[];
  readonly #start: StartRun;
  readonly #discard: DiscardRun;
  readonly #clients = new Set<Promise<void>>();
  #holder: Client | undefined;
  #starting: Promise<Run> | undefined;
  #isEnded = false;

  constructor(
    id: string,
    record: TerminalRecord,
    { runs, start, discard }: { runs: Run[]; start: StartRun; discard: DiscardRun },
  ) {
    this.id = id;
    this.record = record;
    this.#runs = runs;
    this.#start = start;
    this.#discard = discard;
  }

  /** The run of its shell that goes on now. */
  get running(): Run | undefined {
    const last = this.#runs.at(-1);
    return last?.isRunning ? last : undefined;
  }

  /** The run to connect to: the one that goes on, or one that has ended unseen, for nothing is run again because nobody saw its end. */
  get current(): Run | undefined {
    const last = this.#runs.at(-1);
    return last && (last.isRunning || !last.isTold) ? last : undefined;
  }

  /** True while something runs in it beside its shell, in the background too. */
  get isAtWork(): boolean {
    return this.running !== undefined && countDescendants(this.running.process.dir) > 1;
  }

  /** True when it was ended: nothing can be started in it any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** True while the one client that may type is connected. */
  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  /** Runs whose output is there still, the oldest first. */
  get history(): readonly Run[] {
    return this.#runs.slice(-2);
  }

  /** How many clients it has. */
  get clients(): number {
    return this.#clients.size;
  }

  status(): TerminalStatus {
    return {
      session_id: this.id,
      running: this.running !== undefined,
      output_offset: this.#runs.at(-1)?.offset ?? 0,
    };
  }

  /** Makes a client the one that may type, and returns the one that was. */
  take(client: Client): Client | undefined {
    const before = this.#holder;
    this.#holder = client;
    client.signal.addEventListener('abort', () => {
      if (this.#holder !== client) return;
      this.#holder = undefined;
      this.running?.release();
    });
    return before;
  }

  /** Counts a client until its promise settles: its terminal's end waits for that. */
  serve(client: Promise<void>): void {
    this.#clients.add(client);
    void client.finally(() => this.#clients.delete(client));
  }

  /** The current run, or a new one. @throws ApiError as `launchRun` does */
  async run(mode: RunRecord['mode'], size: Size): Promise<Run> {
    if (this.current) return this.current;
    this.#starting ??= this.#startRun(mode, size).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Hangs up, and returns when nothing is left of it or its shell has ended: false when something outlives SIGKILL. */
  async end(): Promise<boolean> {
    this.#isEnded = true;
    await this.#starting?.catch(() => undefined);
    const ended = await Promise.all(this.#runs.map(({ process }) => process.end(endMs)));
    if (ended.includes(false)) return false;
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, lastWordsMs);
    await Promise.race([Promise.allSettled(this.#clients), timeout.promise]);
    clearTimeout(timer);
    this.#holder?.close(1000, 'deleted');
    for (const run of this.#runs.splice(0)) this.#discard(run);
    return true;
  }

  /** Lets go of it; its programs run on. */
  close(): void {
    for (const run of this.#runs) run.close();
  }

  async #startRun(mode: RunRecord['mode'], size: Size): Promise<Run> {
    const base = this.#runs.at(-1)?.offset ?? 0;
    const run = await this.#start({ terminal: this.id, mode, base, size });
    this.#runs.push(run);
    for (const old of this.#runs.slice(0, -2)) {
      if (old.process.hasRunner) continue;
      this.#runs.splice(this.#runs.indexOf(old), 1);
      this.#discard(old);
    }
    return run;
  }
}
