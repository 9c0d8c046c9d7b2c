import type { CodeKernel } from '../../shared/api/code.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { KernelServer } from '../../shared/api/kernel-server.ts';
import { defaultLanguage } from '../../shared/api/languages.ts';
import { childEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { chooseKernel, isUsable, type Wish } from './choose-kernel.ts';
import type { ContextRecord } from './context-record.ts';
import { JupyterKernels, type JupyterKernelsOptions } from './jupyter/jupyter-kernels.ts';
import type { Kernel, LeftKernel } from './kernel.ts';
import type { FoundSpec } from './kernelspec.ts';
import { findKernelSpecs } from './kernelspecs.ts';
import { LineKernels } from './lines/line-kernels.ts';
import { listKernels } from './list-kernels.ts';
import { type OwnPrograms, ownKernels } from './own-kernels.ts';
import { leftInServers } from './server/left.ts';
import { ShellKernels } from './shell/shell-kernels.ts';

export interface KernelsOptions extends JupyterKernelsOptions, OwnPrograms {
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
  /** Where cells work whose request does not say, and where a shell begins whose directory is gone. */
  workdir: string;
  /** How long a shell's output waits for an agent that was killed. */
  callerGraceMs: number;
  /** Whom kernels run as. */
  caller(): Caller;
  /** Where kernels live whose request does not say; undefined for our own. @throws ApiError `KERNEL_NOT_AVAILABLE` */
  server(): KernelServer | undefined;
  /** How long a kernel server is waited for that does not listen yet. */
  serverPatienceMs: number;
}

/** Users can make kernelspecs without end; the log need not grow with them. */
const mostTold = 100;

/** Starts kernels, and finds those that an earlier agent has started. */
export class Kernels {
  readonly #options: KernelsOptions;
  /** What of kernelspecs is in the log already. */
  readonly #told = new Set<string>();
  readonly #shells: ShellKernels;
  readonly #lines: LineKernels;
  readonly #jupyter: JupyterKernels;

  constructor(options: KernelsOptions) {
    this.#options = options;
    this.#shells = new ShellKernels(options);
    this.#lines = new LineKernels(options);
    this.#jupyter = new JupyterKernels(options);
  }

  /** Starts a kernel for a context. @throws ApiError `KERNEL_NOT_AVAILABLE`, `KERNEL_DIED`, …; the signal's reason */
  async start(context: ContextRecord, signal: AbortSignal): Promise<Kernel> {
    if (context.server) return (await inServers()).startInServer(context.server, context, signal, this.#options);
    const { caller, env, found } = this.#look();
    const spec = chooseKernel(found, context);
    if (spec.protocol === 'shell') return await this.#shells.start(context, { caller, env, signal });
    if (spec.protocol === 'lines') return await this.#lines.start({ spec, context, caller, env, signal });
    try {
      return await this.#jupyter.start({ spec, context, caller, env, signal });
    } catch (error) {
      const isUnusable = error instanceof ApiError && error.code === 'KERNEL_NOT_AVAILABLE';
      if (!spec.otherwise || !isUnusable) throw error;
      return await this.#jupyter.start({ spec: { ...spec, argv: spec.otherwise }, context, caller, env, signal });
    }
  }

  /** What a context is to be of: a language, and a kernel where one was named. @throws ApiError `KERNEL_NOT_AVAILABLE` */
  async resolve(wish: Wish): Promise<Pick<ContextRecord, 'language' | 'kernel' | 'server'>> {
    const server = wish.server ?? this.#options.server();
    if (wish.kernel === undefined) return { language: wish.language ?? defaultLanguage, server };
    const found = server ? await (await inServers()).listInServer(server, this.#options) : this.#look().found;
    const { language, name } = chooseKernel(found, wish);
    return { language, kernel: name, server };
  }

  /**
   * Everything that was found where kernels are looked for, kernelspecs that can't be used too; where the sandbox has chosen a server, all
   * that this has. @throws ApiError `KERNEL_SERVER_UNREACHABLE`, `KERNEL_SERVER_REFUSED`
   */
  async list(): Promise<CodeKernel[]> {
    const server = this.#options.server();
    return listKernels(server ? await (await inServers()).listInServer(server, this.#options) : this.#look().found);
  }

  /** Has kernels of Python ready to be forked. False where they aren't forks. @throws as `start` */
  async warm(signal: AbortSignal): Promise<boolean> {
    if (this.#options.server()) return false;
    const { caller, env, found } = this.#look();
    return this.#jupyter.warm({ spec: chooseKernel(found, { language: defaultLanguage }), caller, env, signal });
  }

  /** The kernels of an agent that was killed. */
  left(): LeftKernel[] {
    return [...this.#jupyter.left(), ...this.#shells.left(), ...this.#lines.left(), ...leftInServers(this.#options)];
  }

  /** Looks anew each time: a kernelspec that was just put there counts, without a restart. */
  #look(): { caller: Caller; env: Record<string, string>; found: FoundSpec[] } {
    const { environ, keepHome, warn } = this.#options;
    const caller = this.#options.caller();
    const env = childEnvironment(environ, caller, { keepHome });
    const found = findKernelSpecs(env, caller, ownKernels(this.#options, env, caller));
    for (const spec of found) {
      if (isUsable(spec)) continue;
      const words = `the kernelspec ${spec.path} ${spec.problem}`;
      if (this.#told.has(words) || this.#told.size >= mostTold) continue;
      this.#told.add(words);
      warn(words);
    }
    return { caller, env, found };
  }

  /** Ends what stands by for further kernels; those of contexts have been ended. */
  async close(): Promise<void> {
    await this.#jupyter.close();
  }
}

/** Loaded when it is needed: it is not small, and most sandboxes have no kernel server. */
const inServers = () => import('./server/server-kernels.ts');
