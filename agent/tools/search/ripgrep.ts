import { accessSync, constants } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { follow } from '../../processes/follow.ts';
import { Holders } from '../../processes/holders.ts';
import type { Processes } from '../../processes/processes.ts';
import { baseEnvironment } from '../../users/environment.ts';
import type { Caller } from '../../users/passwd.ts';
import { withRights } from '../../users/rights.ts';
import { invalidPattern } from './expression.ts';
import type { GrepRequest } from './grep-request.ts';
import { ripgrepArguments } from './ripgrep-arguments.ts';
import { RipgrepOutput } from './ripgrep-output.ts';
import type { Survey } from './survey.ts';

export interface RipgrepOptions {
  processes: Processes;
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
}

/** Milliseconds after which it is ended. */
const patience = 30_000;
/** Milliseconds until what was told to end has. */
const endMs = 10_000;
/** Its output on the way here. */
const ringBytes = 512 * 1024;

/** The ripgrep of the sandbox, a process of its user's like any other. */
export class Ripgrep {
  readonly #options: RipgrepOptions;

  constructor(options: RipgrepOptions) {
    this.#options = options;
  }

  /** Searches, and tells the request's findings. False where the sandbox has none, or none that works. @throws ApiError INVALID_PARAMETER for a pattern that is none */
  async search(who: Caller, request: GrepRequest, survey: Survey): Promise<boolean> {
    const { processes, environ, keepHome } = this.#options;
    const { root, isFile, signal } = request;
    const env = baseEnvironment(environ, who, { keepHome });
    const program = withRights(who, () => findProgram('rg', env.PATH ?? ''));
    if (program === undefined) return false;
    const cwd = isFile ? dirname(root.absolute) : root.absolute;
    const place = isFile ? `./${basename(root.absolute)}` : './';
    const process = await processes.launch({
      argv: [program, ...ripgrepArguments(request), '--', place],
      cwd,
      env,
      caller: who,
      timeoutMs: patience,
      graceMs: 100,
      ringBytes,
      hold: true,
    });
    const holders = new Holders(process, patience);
    const output = new RipgrepOutput(cwd, request.findings, survey);
    try {
      const hold = holders.hold();
      for await (const { records } of follow(process, { signal, reached: hold.reached })) {
        for (const { stream, data } of records) output.take(stream, data);
      }
      hold.release(true);
      signal.throwIfAborted();
      const { reason } = await process.ended;
      const problem = output.problem;
      if (problem !== undefined) throw invalidPattern(`this is no regular expression: ${problem}`);
      if (output.isOdd) return false;
      if (reason === 'timeout') survey.cut();
      else if (!output.isWhole) return false;
      output.end();
      return true;
    } finally {
      if (process.hasRunner) await process.end(endMs);
      holders.close();
      process.close();
      processes.discard(process.id);
    }
  }
}

/** Looks a program up as a shell does. */
function findProgram(name: string, path: string): string | undefined {
  for (const directory of path.split(':').filter(isAbsolute)) {
    const program = join(directory, name);
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
