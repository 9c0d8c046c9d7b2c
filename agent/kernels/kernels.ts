import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeKernel } from '../../shared/api/code.ts';
import { defaultLanguage } from '../../shared/api/languages.ts';
import type { Processes } from '../processes/processes.ts';
import { childEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { chooseKernel, isUsable, type Wish } from './choose-kernel.ts';
import type { Kernel } from './kernel.ts';
import type { FoundSpec } from './kernelspec.ts';
import { findKernelSpecs } from './kernelspecs.ts';
import {
  adoptKernel,
  type ContextRecord,
  discardKernel,
  type LaunchedKernel,
  launchKernel,
  readKernelRecord,
} from './launch.ts';
import { LineKernels } from './lines/line-kernels.ts';
import { listKernels } from './list-kernels.ts';
import { ShellKernels } from './shell/shell-kernels.ts';
import { Zygotes } from './zygotes/zygotes.ts';

export interface KernelsOptions {
  processes: Processes;
  spool: string;
  /** Directory of this folder's Python files, readable to everybody. */
  launchers: string;
  /** Kernels of Python are forks of an interpreter that has imported what they need. */
  zygotes: boolean;
  /** Modules that it has imported beside that. */
  preloads: string[];
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
  /** Where a shell begins whose directory is gone. */
  workdir: string;
  /** How long a shell's output waits for an agent that was killed. */
  callerGraceMs: number;
  /** Whom kernels run as. */
  caller(): Caller;
  /** For the log: what went wrong without anybody to be told. */
  warn(message: string, error?: unknown): void;
}

/** Users can make kernelspecs without end; the log need not grow with them. */
const mostTold = 100;

/** A kernel that an earlier agent has left running. */
export interface LeftKernel {
  context: ContextRecord;
  /** Takes it over. @throws when it does not answer; nothing is left of it then */
  adopt(signal: AbortSignal): Promise<Kernel>;
}

/** Starts kernels, and finds those that an earlier agent has started. */
export class Kernels {
  readonly #options: KernelsOptions;
  /** What of kernelspecs is in the log already. */
  readonly #told = new Set<string>();
  readonly #shells: ShellKernels;
  readonly #lines: LineKernels;
  readonly #zygotes: Zygotes | undefined;

  constructor(options: KernelsOptions) {
    this.#options = options;
    this.#shells = new ShellKernels(options);
    this.#lines = new LineKernels(options);
    if (options.zygotes) this.#zygotes = new Zygotes(options);
  }

  /** Starts a kernel for a context. @throws ApiError `KERNEL_NOT_AVAILABLE`, `KERNEL_DIED`, …; the signal's reason */
  async start(context: ContextRecord, signal: AbortSignal): Promise<Kernel> {
    const { processes, launchers } = this.#options;
    const { caller, env, found } = this.#look();
    const spec = chooseKernel(found, context);
    if (spec.protocol === 'shell') return await this.#shells.start(context, { caller, env, signal });
    if (spec.protocol === 'lines') return await this.#lines.start({ spec, context, caller, env, signal });
    // As soon as the kernel is on its way: what it takes to talk to it is loaded meanwhile.
    setImmediate(() => void loadJupyter().catch(() => {}));
    const launched = await launchKernel({ processes, spec, context, env, caller, launchers, zygotes: this.#zygotes });
    return await this.#connected(launched, signal, 'start');
  }

  /** What a context is to be of: a language, and a kernel where one was named. @throws ApiError `KERNEL_NOT_AVAILABLE` */
  resolve(wish: Wish): Pick<ContextRecord, 'language' | 'kernel'> {
    if (wish.kernel === undefined) return { language: wish.language ?? defaultLanguage };
    const { language, name } = chooseKernel(this.#look().found, wish);
    return { language, kernel: name };
  }

  /** Everything that was found where kernels are looked for, kernelspecs that can't be used too. */
  list(): CodeKernel[] {
    return listKernels(this.#look().found);
  }

  /** The kernels of an agent that was killed, oldest first. */
  left(): LeftKernel[] {
    const { processes, spool } = this.#options;
    const found = readdirSync(spool).flatMap((id) => {
      const record = readKernelRecord(join(spool, id));
      return record ? [{ id, record }] : [];
    });
    found.sort((a, b) => a.record.startedAt - b.record.startedAt);
    const others = found.flatMap(({ id, record }) => {
      try {
        const launched = adoptKernel(processes, id, record);
        const adopt = (signal: AbortSignal) => this.#connected(launched, signal, 'adopt');
        return [{ context: record.context, adopt }];
      } catch {
        // The agent died between making the directory and starting the runner: there was never a kernel.
        processes.discard(id);
        return [];
      }
    });
    return [...others, ...this.#shells.left(), ...this.#lines.left()];
  }

  /** Looks anew each time: a kernelspec that was just put there counts, without a restart. */
  #look(): { caller: Caller; env: Record<string, string>; found: FoundSpec[] } {
    const { environ, keepHome, warn } = this.#options;
    const caller = this.#options.caller();
    const env = childEnvironment(environ, caller, { keepHome });
    const found = findKernelSpecs(env, caller);
    for (const spec of found) {
      if (isUsable(spec)) continue;
      const words = `the kernelspec ${spec.path} ${spec.problem}`;
      if (this.#told.has(words) || this.#told.size >= mostTold) continue;
      this.#told.add(words);
      warn(words);
    }
    return { caller, env, found };
  }

  /** Ends what kernels are forked of; the kernels themselves have been ended. */
  async close(): Promise<void> {
    await this.#zygotes?.close();
  }

  async #connected(launched: LaunchedKernel, signal: AbortSignal, how: 'start' | 'adopt'): Promise<Kernel> {
    const { processes, warn } = this.#options;
    const discard = () => discardKernel(launched, processes);
    try {
      const { JupyterKernel } = await loadJupyter();
      return await JupyterKernel[how](launched, { signal, warn, discard });
    } catch (error) {
      discard();
      throw error;
    }
  }
}

/** ZeroMQ and @jupyterlab/services are loaded here, so that a sandbox without cells doesn't pay for them. */
function loadJupyter() {
  return import('./jupyter/jupyter-kernel.ts');
}
