import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunCommandRequest } from '../../shared/api/commands.ts';
import { ApiError } from '../../shared/api/errors.ts';
import { orSpoolFull, type Processes } from '../processes/processes.ts';
import { childEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { requireDirectory, workingDirectory } from '../users/working-directory.ts';
import { Command, type CommandRecord, recordFile, writeRecord } from './command.ts';
import { shellArgv } from './shell.ts';

/** More at once are refused: each costs descriptors and a share of the spool. */
const maxRunning = 1000;
/** Between SIGTERM and SIGKILL, as OpenSandbox's clients know it. */
const graceMs = 3000;
/** What SIGKILL takes with a crowd of processes and a tenth of a processor is less. */
const endMs = graceMs + 30_000;

export interface CommandsOptions {
  processes: Processes;
  spool: string;
  /** Finished commands that are remembered. */
  remembered: number;
  callerGraceMs: number;
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
  /** Directory that relative working directories start from. */
  workdir: string;
  /** Whom a request runs as, from its uid and gid. */
  caller(uid?: number | null, gid?: number | null): Caller;
}

/** Where a program is run that is no shell command of a request's. */
export interface ProgramPlace {
  directory: string;
  caller: Caller;
  env: Record<string, string>;
}

/** What is run in place of a request's own command. */
export interface OwnProgram {
  /** Chosen by whoever asks. One of that id that is there already is the one that is meant. */
  id: string;
  /** What it is told of as. */
  content: string;
  /** Room that its files take. */
  bytes: number;
  /** What goes into the environment, over everything else. */
  env(cwd: string, env: Record<string, string>): Record<string, string>;
  /** Puts its files in place and says the words that run it. */
  argv(place: ProgramPlace): string[];
}

/** What is asked for, by a request or by something here. */
export interface CommandRequest extends RunCommandRequest {
  /** In place of `cwd`: a path that is taken as it is. */
  directory?: string | undefined;
  /** Chosen by whoever asks, so as to look at it before its start is answered: one that nothing else here has. */
  id?: string | undefined;
}

/** The table of commands: running ones, and finished ones as long as there is room for their history. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #commands = new Map<string, Command>();
  /** Commands that are not in the table yet. */
  #starting = 0;
  /** Those of them whose ids were chosen by whoever asked. */
  readonly #begun = new Map<string, Promise<Command>>();

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#adopt();
  }

  /**
   * Starts a command. @throws ApiError `WORKING_DIRECTORY_NOT_FOUND`, `USER_NOT_ALLOWED`, `TOO_MANY_COMMANDS`, `SPOOL_FULL`;
   * `INVALID_PARAMETER` for an id that something else has
   */
  async start(request: CommandRequest, program?: OwnProgram): Promise<Command> {
    if (!program) return this.#start(request);
    const { id } = program;
    const known = this.#commands.get(id) ?? this.#begun.get(id);
    if (known) return known;
    const begun = this.#start(request, program).finally(() => this.#begun.delete(id));
    this.#begun.set(id, begun);
    return begun;
  }

  async #start(request: CommandRequest, program?: OwnProgram): Promise<Command> {
    const { processes, environ, keepHome, callerGraceMs } = this.#options;
    const caller = this.#options.caller(request.uid, request.gid);
    const env = childEnvironment(environ, caller, {
      keepHome: keepHome && request.uid == null,
      request: request.envs ?? {},
    });
    const cwd = request.directory
      ? requireDirectory(request.directory, caller)
      : workingDirectory(request.cwd, { env, caller, base: this.#options.workdir });
    Object.assign(env, program?.env(cwd, env));
    const content = program?.content ?? request.command ?? JSON.stringify(request.argv);
    // It is kept as what was asked for, and, where it is long, as a script too.
    this.#makeRoom(2 * Buffer.byteLength(content) + (program?.bytes ?? 0));
    const chosen = program?.id ?? request.id;
    const id = chosen ?? crypto.randomUUID().replaceAll('-', '');
    if (chosen !== undefined) this.#requireFree(id);
    const background = request.background ?? false;
    const record: CommandRecord = { content, background, startedAt: Date.now() };
    const directory = () => processes.directory(id);
    this.#starting += 1;
    try {
      writeRecord(directory(), record);
      const process = await processes.launch({
        id,
        argv: program?.argv({ directory: directory(), caller, env }) ?? request.argv ?? shellArgv(content, directory),
        cwd,
        env,
        caller,
        timeoutMs: request.timeout ?? undefined,
        graceMs,
        hold: request.hold ?? !background,
      });
      const command = new Command(process, record, callerGraceMs);
      this.#commands.set(id, command);
      return command;
    } catch (error) {
      processes.discard(id);
      throw orSpoolFull(error);
    } finally {
      this.#starting -= 1;
    }
  }

  /** What is no command of a name has its directory there too. */
  #requireFree(id: string): void {
    if (!existsSync(join(this.#options.spool, id))) return;
    const expected = 'an id that nothing else here has';
    throw new ApiError('INVALID_PARAMETER', `id: expected ${expected}`, { field: 'id', expected });
  }

  /** @throws ApiError `COMMAND_NOT_FOUND` */
  get(id: string): Command {
    const command = this.#commands.get(id);
    if (command) return command;
    throw new ApiError(
      'COMMAND_NOT_FOUND',
      `There is no command ${id.slice(0, 100)}; finished ones are forgotten in time.`,
      {
        field: 'id',
      },
    );
  }

  /** Ends a command's whole tree and returns when nothing of it is left. @throws ApiError `COMMAND_NOT_RUNNING`, `RUNTIME_ERROR` */
  async interrupt(id: string): Promise<void> {
    const { process } = this.get(id);
    if (process.status && !process.hasRunner)
      throw new ApiError('COMMAND_NOT_RUNNING', `Command ${id} has ended.`, { field: 'id' });
    if (await process.end(endMs)) return;
    throw new ApiError(
      'RUNTIME_ERROR',
      `Something of command ${id} runs still, ${endMs / 1000} s after it was told to end.`,
    );
  }

  /** How many run now. */
  get running(): number {
    return this.#commands
      .values()
      .filter((command) => command.process.status === undefined)
      .toArray().length;
  }

  /** Lets go of everything; commands run on. */
  close(): void {
    for (const command of this.#commands.values()) command.close();
    this.#commands.clear();
  }

  /** Forgets the oldest finished commands as long as there are too many, or the spool has no room for `bytes` more. */
  #makeRoom(bytes: number): void {
    const { processes, remembered } = this.#options;
    if (this.running + this.#starting >= maxRunning) {
      throw new ApiError('TOO_MANY_COMMANDS', `${maxRunning} commands are running; end some first.`);
    }
    const isCrowded = () => this.#commands.size >= remembered || processes.isCrowded(bytes);
    if (!isCrowded()) return;
    for (const command of this.#forgettable()) {
      this.#commands.delete(command.id);
      command.close();
      processes.discard(command.id);
      if (!isCrowded()) return;
    }
  }

  /** Finished commands, the oldest first; those that somebody reads at the moment come last, for they are broken off. */
  *#forgettable(): Generator<Command> {
    for (const isRead of [false, true]) {
      for (const command of this.#commands.values()) {
        const { process } = command;
        if (process.status && process.isRead === isRead && !process.hasRunner) yield command;
      }
    }
  }

  /** Carries on with what an earlier agent started. */
  #adopt(): void {
    const { processes, spool, callerGraceMs } = this.#options;
    const found = readdirSync(spool, { withFileTypes: true }).flatMap((entry) => {
      const record = entry.isDirectory() ? readRecord(join(spool, entry.name)) : undefined;
      return record ? [{ id: entry.name, record }] : [];
    });
    for (const { id, record } of found.sort((a, b) => a.record.startedAt - b.record.startedAt)) {
      try {
        this.#commands.set(id, new Command(processes.adopt(id), record, callerGraceMs));
      } catch (error) {
        // The agent died between making the directory and starting the runner: there was never a command.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') processes.discard(id);
      }
    }
  }
}

function readRecord(dir: string): CommandRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, recordFile), 'utf8')) as CommandRecord;
  } catch {
    return undefined;
  }
}
