import type { Processes } from '../../processes/processes.ts';
import { findShell } from '../../processes/shell.ts';
import { type LeftSessionsOptions, leftSessions } from '../../sessions/left.ts';
import type { SessionRecord } from '../../sessions/records.ts';
import { Session } from '../../sessions/session.ts';
import type { Caller } from '../../users/passwd.ts';
import type { ContextRecord } from '../context-record.ts';
import type { Kernel, LeftKernel } from '../kernel.ts';
import { ShellKernel } from './shell-kernel.ts';

export interface ShellKernelsOptions {
  processes: Processes;
  spool: string;
  /** Where a shell begins whose directory is gone. */
  workdir: string;
  callerGraceMs: number;
}

/** Starts kernels that are shells. They need nothing that an image with a shell doesn't have. */
export class ShellKernels {
  readonly #options: ShellKernelsOptions;

  constructor(options: ShellKernelsOptions) {
    this.#options = options;
  }

  /** @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR`; the signal's reason */
  async start(
    context: ContextRecord,
    { caller, env, signal }: { caller: Caller; env: Record<string, string>; signal: AbortSignal },
  ): Promise<Kernel> {
    const record: SessionRecord = { id: crypto.randomUUID(), createdAt: Date.now(), caller, env, owner: context };
    const session = await Session.start(record, { ...this.#options, shell: findShell(), cwd: context.cwd });
    const kernel = new ShellKernel(session);
    if (!signal.aborted) return kernel;
    await kernel.end();
    throw signal.reason;
  }

  /** The kernels of an agent that was killed, oldest first. */
  left(): LeftKernel[] {
    const options: LeftSessionsOptions = this.#options;
    return leftSessions(options, ({ owner }) => owner !== undefined).map((session) => {
      const kernel = new ShellKernel(session);
      return { context: session.record.owner as ContextRecord, adopt: async () => kernel };
    });
  }
}
