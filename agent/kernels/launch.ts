import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '../processes/process.ts';
import type { Processes } from '../processes/processes.ts';
import type { Caller } from '../users/passwd.ts';
import type { ContextRecord } from './context-record.ts';
import { type Ipykernel, ipykernelIn } from './ipykernel.ts';
import { type Connection, clearConnection, newConnection, writeConnection } from './jupyter/connection-file.ts';
import type { InterruptMode, KernelSpec } from './kernelspec.ts';
import { NoFork } from './zygotes/zygote.ts';
import type { Zygotes } from './zygotes/zygotes.ts';

/** A kernel's own output is only its last words: what cells print goes another way. */
const ringBytes = 64 * 1024;

/** Our way to start ipykernel, in the directory that `launchers` names. */
const ipykernelLauncher = 'launch_ipykernel.py';

/** What is kept of a kernel beside its process, so that a new agent can go on using it. */
export interface KernelRecord {
  context: ContextRecord;
  spec: { name: string; interruptMode: InterruptMode };
  connection: Connection;
  caller: Caller;
  /** It was forked, so its runner has the caller's rights and its files are the caller's. */
  isForked: boolean;
  /** ms since the epoch. */
  startedAt: number;
}

/** The process of a kernel, whether or not it can be talked to yet. */
export interface LaunchedKernel {
  process: RunningProcess;
  record: KernelRecord;
}

export interface LaunchKernelOptions {
  processes: Processes;
  spec: KernelSpec;
  context: ContextRecord;
  env: Record<string, string>;
  caller: Caller;
  /** Directory of this folder's Python files, readable to everybody. */
  launchers: string;
  /** Undefined: no kernel is a fork. */
  zygotes: Zygotes | undefined;
}

/** The file of a kernel's record, in its process's directory. */
export const kernelRecordFile = 'kernel.json';
/** Directory of connection file and sockets, in the process's own; a short name, as a socket's path may not be long. */
const connectionDirectory = 'k';

/**
 * Starts a kernel's process, as a fork where it can be one. It is not known yet whether it will work.
 * @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR`
 */
export async function launchKernel(options: LaunchKernelOptions): Promise<LaunchedKernel> {
  const { processes, spec, context, caller, zygotes } = options;
  const ipykernel = ipykernelIn(spec.argv);
  const env = { ...options.env, ...spec.env };
  if (ipykernel && zygotes) {
    const forked = await forkKernel({ ...options, env }, ipykernel, zygotes);
    if (forked) return forked;
  }
  const { id, file, record } = await makePlace(options, { isForked: false });
  const argv = ipykernel
    ? [...ipykernel.interpreter, join(options.launchers, ipykernelLauncher), ...ipykernel.args]
    : spec.argv;
  const process = await processes.launch({
    id,
    argv: withFile(argv, file),
    cwd: context.cwd,
    env,
    caller,
    ringBytes,
  });
  return { process, record };
}

async function forkKernel(
  options: LaunchKernelOptions,
  { interpreter, args }: Ipykernel,
  zygotes: Zygotes,
): Promise<LaunchedKernel | undefined> {
  const { processes, context, caller, env } = options;
  const { id, dir, file, record } = await makePlace(options, { isForked: true });
  const make = async (ring: number) => {
    const request = { dir, ring, cwd: context.cwd, env, argv: withFile(args, file) };
    if (await zygotes.fork({ interpreter, env, caller }, request)) return;
    clearConnection(dir, caller);
    throw new NoFork('');
  };
  try {
    return { process: await processes.include(id, { runner: { dir, owner: caller }, ringBytes, make }), record };
  } catch {
    return undefined;
  }
}

/** The directories of a kernel that is about to be started, with all that is kept of it. */
async function makePlace(options: LaunchKernelOptions, { isForked }: { isForked: boolean }) {
  const { processes, spec, context, caller } = options;
  const id = randomUUID().replaceAll('-', '');
  const dir = join(processes.directory(id), connectionDirectory);
  const connection = await newConnection(ipykernelIn(spec.argv) ? 'ipc' : spec.transport, dir);
  const file = writeConnection(connection, dir, caller);
  const { name, interruptMode } = spec;
  const record: KernelRecord = {
    context,
    spec: { name, interruptMode },
    connection,
    caller,
    isForked,
    startedAt: Date.now(),
  };
  writeFileSync(join(dir, '..', kernelRecordFile), JSON.stringify(record), { mode: 0o600 });
  return { id, dir, file, record };
}

/** Takes over the process of a kernel that an earlier agent has started. @throws ENOENT when it never got as far as running */
export function adoptKernel(processes: Processes, id: string, record: KernelRecord): LaunchedKernel {
  const runner = { dir: join(processes.directory(id), connectionDirectory), owner: record.caller };
  return { process: processes.adopt(id, record.isForked ? runner : undefined), record };
}

/** Keeps what has changed: a kernel that waited has a context now. */
export function writeKernelRecord({ process, record }: LaunchedKernel): void {
  const file = join(process.dir, kernelRecordFile);
  // An agent that is killed meanwhile leaves one or the other.
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Removes what is left of a kernel that has ended. */
export function discardKernel({ process, record }: LaunchedKernel, processes: Processes): void {
  clearConnection(join(process.dir, connectionDirectory), record.caller);
  process.close();
  processes.discard(process.id);
}

function withFile(argv: string[], file: string): string[] {
  return argv.map((word) => word.replaceAll('{connection_file}', file));
}
