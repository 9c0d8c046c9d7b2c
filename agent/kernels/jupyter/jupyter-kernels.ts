import type { Processes } from '../../processes/processes.ts';
import type { ContextRecord } from '../context-record.ts';
import { endTree } from '../end-tree.ts';
import { ipykernelIn } from '../ipykernel.ts';
import type { Kernel, LeftKernel } from '../kernel.ts';
import {
  adoptKernel,
  discardKernel,
  type KernelRecord,
  kernelRecordFile,
  type LaunchedKernel,
  launchKernel,
  writeKernelRecord,
} from '../launch.ts';
import { leftInProcesses } from '../left-records.ts';
import { type Spare, Spares } from '../spares.ts';
import type { StartOptions } from '../start-options.ts';
import { zygoteKey } from '../zygotes/key.ts';
import { Zygotes } from '../zygotes/zygotes.ts';
import { claim } from './claim.ts';

export interface JupyterKernelsOptions {
  processes: Processes;
  spool: string;
  /** Directory of the Python programs, readable to everybody. */
  launchers: string;
  /** Kernels of Python are forks of an interpreter that has imported what they need. */
  zygotes: boolean;
  /** Modules that it has imported beside that. */
  preloads: string[];
  /** So many forks wait for the next contexts. */
  spares: number;
  /** For the log: what went wrong without anybody to be told. */
  warn(message: string, error?: unknown): void;
}

/** The context of a kernel that waits for one. */
const nobodys: ContextRecord = { id: '', language: 'python', cwd: '/', isDefault: false };

/** Starts kernels that speak Jupyter's protocol, and finds those that an earlier agent has started. */
export class JupyterKernels {
  readonly #options: JupyterKernelsOptions;
  readonly #zygotes: Zygotes | undefined;
  readonly #spares: Spares | undefined;

  constructor(options: JupyterKernelsOptions) {
    this.#options = options;
    if (!options.zygotes) return;
    this.#zygotes = new Zygotes(options);
    if (options.spares > 0) this.#spares = new Spares({ count: options.spares, warn: options.warn });
  }

  /** @throws ApiError `KERNEL_NOT_AVAILABLE`, `KERNEL_DIED`, …; the signal's reason */
  async start(options: StartOptions): Promise<Kernel> {
    const { spec, context, signal } = options;
    // As soon as the kernel is on its way: what it takes to talk to it is loaded meanwhile.
    setImmediate(() => void loadJupyter().catch(() => {}));
    const kind = this.#kindOf(options);
    if (!this.#spares || !kind) return await this.#connected(await this.#launch(options), signal, 'start');
    const env = { ...options.env, ...spec.env };
    const kernel =
      (await this.#claim(kind, context, env)) ?? (await this.#connected(await this.#launch(options), signal, 'start'));
    this.#spares.fill(kind, (closing) => this.#makeSpare({ ...options, context: nobodys, signal: closing }));
    return kernel;
  }

  /**
   * Has what forks kernels of this kind ready, and as many forks wait as the settings say, before anybody asks for one. False where
   * kernels of this kind aren't forks. @throws as `start`
   */
  async warm(options: Omit<StartOptions, 'context'>): Promise<boolean> {
    const kind = this.#zygotes && this.#kindOf(options);
    if (!kind) return false;
    const make = (signal: AbortSignal) => this.#makeSpare({ ...options, context: nobodys, signal });
    if (this.#spares) return this.#spares.filled(kind, make);
    const tried = await make(options.signal);
    await tried?.kernel.end();
    return tried !== undefined;
  }

  /** The kernels of an agent that was killed, oldest first. Those that waited for a context are ended. */
  left(): LeftKernel[] {
    const { processes } = this.#options;
    return leftInProcesses<KernelRecord>(this.#options, kernelRecordFile, (id, record) => {
      const launched = adoptKernel(processes, id, record);
      if (record.context.id === nobodys.id) {
        void endTree(launched.process).then(() => discardKernel(launched, processes));
        return [];
      }
      const adopt = (signal: AbortSignal) => this.#connected(launched, signal, 'adopt');
      return [{ context: record.context, adopt }];
    });
  }

  /** Ends what waits, and what kernels are forked of; the kernels of contexts have been ended. */
  async close(): Promise<void> {
    await this.#spares?.close();
    await this.#zygotes?.close();
  }

  /** The same for kernels that can stand in for each other; undefined for those that are never forks. */
  #kindOf({ spec, env, caller }: Omit<StartOptions, 'context'>): string | undefined {
    const ipykernel = ipykernelIn(spec.argv);
    return ipykernel && JSON.stringify([spec.argv, zygoteKey(ipykernel.interpreter, { ...env, ...spec.env }, caller)]);
  }

  #launch({ spec, context, env, caller }: Omit<StartOptions, 'signal'>): Promise<LaunchedKernel> {
    const { processes, launchers } = this.#options;
    return launchKernel({ processes, spec, context, env, caller, launchers, zygotes: this.#zygotes });
  }

  async #claim(kind: string, context: ContextRecord, env: Record<string, string>): Promise<Kernel | undefined> {
    for (let spare = this.#spares?.take(kind); spare; spare = this.#spares?.take(kind)) {
      if (await claim(spare, { cwd: context.cwd, env })) {
        spare.launched.record.context = context;
        writeKernelRecord(spare.launched);
        return spare.kernel;
      }
      void spare.kernel.end();
    }
    return undefined;
  }

  /** Only a fork can wait: no other knows how to be claimed. */
  async #makeSpare(options: StartOptions): Promise<Spare | undefined> {
    const launched = await this.#launch(options);
    const kernel = await this.#connected(launched, options.signal, 'start');
    if (launched.record.isForked) return { kernel, launched, env: { ...options.env, ...options.spec.env } };
    await kernel.end();
    return undefined;
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
  return import('./jupyter-kernel.ts');
}
