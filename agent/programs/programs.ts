import type { ProgramReport, RunProgramRequest } from '../../shared/api/programs.ts';
import type { Command } from '../commands/command.ts';
import type { Commands } from '../commands/commands.ts';
import { removeFiles } from './files.ts';
import { invocation } from './invocation.ts';
import { readOutcome } from './outcome.ts';

export interface ProgramsOptions {
  commands: Commands;
  /** Directory of the runners, readable to everybody. */
  runners: string;
  /** Words that start the agent's own Node. */
  node: string[];
}

/** Programs given as text, and handlers: each is a command that knows where its code lies. */
export class Programs {
  readonly #options: ProgramsOptions;

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /**
   * Starts a program, or finds the one of that id. `directory`: in place of its `cwd`, a path that is taken as it is.
   * @throws ApiError `KERNEL_NOT_AVAILABLE`, `INVALID_PARAMETER`, and as a command's start does
   */
  start(request: RunProgramRequest, { directory }: { directory?: string } = {}): Promise<Command> {
    const { commands, runners, node } = this.#options;
    const { id, language, handler, code, cwd, env, timeout } = request;
    const bytes = Buffer.byteLength(JSON.stringify(request));
    return commands.start(
      { cwd, directory, envs: { ...env }, timeout, background: true },
      {
        id,
        bytes,
        content: `${language}${handler == null ? '' : ` ${handler}`}: ${code.slice(0, 1000)}`,
        // What is imported is looked for where the program runs, not where it lies.
        env: (cwd, { PYTHONPATH }): Record<string, string> =>
          language === 'python' ? { PYTHONPATH: PYTHONPATH ? `${cwd}:${PYTHONPATH}` : cwd } : {},
        argv: (place) => invocation(request, { ...place, runners, node }),
      },
    );
  }

  /** Removes its code, which nobody needs any more when it has ended, before it is forgotten. */
  discardFiles({ process }: Command): void {
    removeFiles(process.dir);
  }

  /** What became of a program. `most`: bytes of a handler's word that are read. @throws ApiError `COMMAND_NOT_FOUND` */
  report(id: string, most: number): ProgramReport {
    const command = this.#options.commands.get(id);
    const { status, dir } = command.process;
    const said = status ? readOutcome(dir, most) : {};
    return {
      status: command.status(),
      ...(said.outcome && { outcome: said.outcome }),
      ...(said.bytes !== undefined && { outcome_bytes: said.bytes }),
      ...(status?.maxrss !== undefined && { max_memory_bytes: status.maxrss * 1024 }),
      ...(status?.cpu !== undefined && { cpu_ms: status.cpu }),
    };
  }
}
