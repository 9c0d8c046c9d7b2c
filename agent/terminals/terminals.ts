import { ApiError } from '../../shared/api/errors.ts';
import type { CreateTerminalRequest } from '../../shared/api/terminals.ts';
import { orSpoolFull } from '../processes/processes.ts';
import { workingDirectory } from '../users/working-directory.ts';
import { type LaunchTerminalOptions, launchRun, terminalEnvironment } from './launch.ts';
import { readRecords, type TerminalRecord, writeTerminal } from './records.ts';
import { Run } from './run.ts';
import { Terminal } from './terminal.ts';

/** More are refused: each may keep two shells' worth of history. */
const maxTerminals = 100;
const usualSize = { cols: 80, rows: 24 };

export interface TerminalsOptions extends LaunchTerminalOptions {
  spool: string;
  /** Directory that relative working directories start from. */
  workdir: string;
}

/** The table of terminals. They stay until they are deleted, whatever becomes of their shells, their clients and this agent. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #terminals = new Map<string, Terminal>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.#adopt();
  }

  /** Makes a terminal; nothing runs in it yet. @throws ApiError `WORKING_DIRECTORY_NOT_FOUND`, `TOO_MANY_TERMINALS`, `SPOOL_FULL` */
  create(request: CreateTerminalRequest): Terminal {
    if (this.#terminals.size >= maxTerminals) {
      throw new ApiError('TOO_MANY_TERMINALS', `There are ${maxTerminals} terminals; delete some first.`);
    }
    const { processes, workdir, caller } = this.#options;
    const env = terminalEnvironment(this.#options);
    const record: TerminalRecord = {
      cwd: workingDirectory(request.cwd, { env, caller: caller(), base: workdir }),
      command: request.command ?? '',
      size: { cols: request.cols ?? usualSize.cols, rows: request.rows ?? usualSize.rows },
      createdAt: Date.now(),
    };
    const id = crypto.randomUUID().replaceAll('-', '');
    try {
      writeTerminal(processes.directory(id), record);
    } catch (error) {
      processes.discard(id);
      throw orSpoolFull(error);
    }
    return this.#add(id, record, []);
  }

  /** @throws ApiError `CONTEXT_NOT_FOUND` */
  get(id: string): Terminal {
    const terminal = this.#terminals.get(id);
    if (terminal && !terminal.isEnded) return terminal;
    throw new ApiError('CONTEXT_NOT_FOUND', `There is no terminal ${id.slice(0, 100)}.`, { field: 'id' });
  }

  /** All of them, in the order in which they were made. */
  list(): Terminal[] {
    return [...this.#terminals.values()].filter(({ isEnded }) => !isEnded);
  }

  /** In how many something runs beside their shell. */
  get atWork(): number {
    return this.list().filter(({ isAtWork }) => isAtWork).length;
  }

  /** Ends a terminal and everything that was started in it. @throws ApiError `CONTEXT_NOT_FOUND`, `RUNTIME_ERROR` */
  async delete(id: string): Promise<void> {
    const terminal = this.#terminals.get(id) ?? this.get(id);
    if (!(await terminal.end()))
      throw new ApiError('RUNTIME_ERROR', `Something of terminal ${id} runs still, though it was told to end.`);
    this.#terminals.delete(id);
    this.#options.processes.discard(id);
  }

  /** Lets go of everything; programs run on. */
  close(): void {
    for (const terminal of this.#terminals.values()) terminal.close();
    this.#terminals.clear();
  }

  #add(id: string, record: TerminalRecord, runs: Run[]): Terminal {
    const terminal = new Terminal(id, record, {
      runs,
      start: (run) => launchRun(this.#options, record, run),
      discard: (run) => this.#discard(run),
    });
    this.#terminals.set(id, terminal);
    return terminal;
  }

  #discard(run: Run): void {
    run.close();
    this.#options.processes.discard(run.process.id);
  }

  /** Carries on with what an earlier agent left. */
  #adopt(): void {
    const { spool, processes, callerGraceMs } = this.#options;
    const found = readRecords(spool);
    const runs = found.runs.flatMap(({ id, record }) => {
      try {
        return [new Run(processes.adopt(id), record, callerGraceMs)];
      } catch (error) {
        // The agent died between making the directory and starting the runner: nothing ever ran there.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') processes.discard(id);
        return [];
      }
    });
    for (const { id, record } of found.terminals) {
      this.#add(
        id,
        record,
        runs.filter((run) => run.record.terminal === id),
      );
    }
    // The agent died while it deleted their terminal.
    for (const run of runs.filter(({ record }) => !this.#terminals.has(record.terminal))) {
      void run.process.end(callerGraceMs).then(() => this.#discard(run));
    }
  }
}
