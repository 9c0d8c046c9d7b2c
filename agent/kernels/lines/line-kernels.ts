import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '../../processes/process.ts';
import { orSpoolFull, type Processes } from '../../processes/processes.ts';
import type { ContextRecord } from '../context-record.ts';
import type { Kernel, LeftKernel } from '../kernel.ts';
import { leftInProcesses } from '../left-records.ts';
import type { StartOptions } from '../start-options.ts';
import { LineKernel } from './line-kernel.ts';

export interface LineKernelsOptions {
  processes: Processes;
  spool: string;
  /** Directory of our own programs, readable to everybody. */
  launchers: string;
}

/** What is kept beside the process, so that a new agent can go on using it. */
interface LineKernelRecord {
  context: ContextRecord;
  /** ms since the epoch. */
  startedAt: number;
}

const recordFile = 'line-kernel.json';

/** Starts kernels that speak in lines: PROTOCOL.md. */
export class LineKernels {
  readonly #options: LineKernelsOptions;

  constructor(options: LineKernelsOptions) {
    this.#options = options;
  }

  /** @throws ApiError `KERNEL_DIED`, `SPOOL_FULL`, `RUNTIME_ERROR`; the signal's reason */
  async start({ spec, context, caller, env, signal }: StartOptions): Promise<Kernel> {
    const { processes, launchers } = this.#options;
    const id = randomUUID().replaceAll('-', '');
    const dir = processes.directory(id);
    const record: LineKernelRecord = { context, startedAt: Date.now() };
    try {
      writeFileSync(join(dir, recordFile), JSON.stringify(record), { mode: 0o600 });
    } catch (error) {
      processes.discard(id);
      throw orSpoolFull(error);
    }
    const process = await processes.launch({
      id,
      argv: spec.argv.map((word) => word.replaceAll('{launchers}', launchers)),
      cwd: context.cwd,
      env: { ...env, ...spec.env },
      caller,
      input: true,
      hold: true,
    });
    return await LineKernel.start(process, signal, () => this.#discard(process));
  }

  /** The kernels of an agent that was killed, oldest first. */
  left(): LeftKernel[] {
    const { processes } = this.#options;
    return leftInProcesses<LineKernelRecord>(this.#options, recordFile, (id, { context }) => {
      const process = processes.adopt(id);
      const discard = () => this.#discard(process);
      return [{ context, adopt: (signal) => LineKernel.adopt(process, signal, discard) }];
    });
  }

  #discard(process: RunningProcess): void {
    process.close();
    this.#options.processes.discard(process.id);
  }
}
