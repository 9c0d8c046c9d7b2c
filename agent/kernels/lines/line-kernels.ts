import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '../../processes/process.ts';
import { orSpoolFull, type Processes } from '../../processes/processes.ts';
import type { Caller } from '../../users/passwd.ts';
import type { ContextRecord } from '../context-record.ts';
import type { Kernel, LeftKernel } from '../kernel.ts';
import type { KernelSpec } from '../kernelspec.ts';
import { LineKernel } from './line-kernel.ts';

export interface LineKernelsOptions {
  processes: Processes;
  spool: string;
  /** Directory of our own programs, readable to everybody. */
  launchers: string;
}

export interface StartOptions {
  spec: KernelSpec;
  context: ContextRecord;
  caller: Caller;
  env: Record<string, string>;
  signal: AbortSignal;
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
    const { processes, spool } = this.#options;
    const found = readdirSync(spool).flatMap((id) => {
      const record = readRecord(join(spool, id));
      return record ? [{ id, record }] : [];
    });
    found.sort((a, b) => a.record.startedAt - b.record.startedAt);
    return found.flatMap(({ id, record: { context } }) => {
      try {
        const process = processes.adopt(id);
        const discard = () => this.#discard(process);
        return [{ context, adopt: (signal: AbortSignal) => LineKernel.adopt(process, signal, discard) }];
      } catch {
        // The agent died between making the directory and starting the runner: there was never a kernel.
        processes.discard(id);
        return [];
      }
    });
  }

  #discard(process: RunningProcess): void {
    process.close();
    this.#options.processes.discard(process.id);
  }
}

/** Undefined when that process is no kernel of this kind. */
function readRecord(dir: string): LineKernelRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, recordFile), 'utf8')) as LineKernelRecord;
  } catch {
    return undefined;
  }
}
