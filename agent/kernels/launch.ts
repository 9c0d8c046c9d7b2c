import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '../processes/process.ts';
import type { Processes } from '../processes/processes.ts';
import type { Caller } from '../users/passwd.ts';
import { type Connection, clearConnection, newConnection, writeConnection } from './jupyter/connection-file.ts';
import type { InterruptMode, KernelSpec } from './kernelspec.ts';

/** A kernel's own output is only its last words: what cells print goes another way. */
const ringBytes = 64 * 1024;

/** Our way to start ipykernel, in the directory that `launchers` names. */
const ipykernelLauncher = 'launch_ipykernel.py';

/** The context that a kernel serves. */
export interface ContextRecord {
  id: string;
  language: string;
  /** Name of its kernel, where it was asked for by that. */
  kernel?: string | undefined;
  cwd: string;
  /** Where cells run that name no context. */
  isDefault: boolean;
}

/** What is kept of a kernel beside its process, so that a new agent can go on using it. */
export interface KernelRecord {
  context: ContextRecord;
  spec: { name: string; interruptMode: InterruptMode };
  connection: Connection;
  caller: Caller;
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
}

const recordFile = 'kernel.json';
/** Directory of connection file and sockets, in the process's own; a short name, as a socket's path may not be long. */
const connectionDirectory = 'k';

/** Starts a kernel's process. It is not known yet whether it will work. @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR` */
export async function launchKernel(options: LaunchKernelOptions): Promise<LaunchedKernel> {
  const { processes, spec, context, env, caller } = options;
  const id = randomUUID().replaceAll('-', '');
  const argv = ownLauncher(spec.argv, options.launchers);
  const transport = argv === undefined ? spec.transport : 'ipc';
  const dir = processes.directory(id);
  const connection = await newConnection(transport, join(dir, connectionDirectory));
  const file = writeConnection(connection, join(dir, connectionDirectory), caller);
  const { name, interruptMode } = spec;
  const record: KernelRecord = {
    context,
    spec: { name, interruptMode },
    connection,
    caller,
    startedAt: Date.now(),
  };
  writeFileSync(join(dir, recordFile), JSON.stringify(record), { mode: 0o600 });
  const process = await processes.launch({
    id,
    argv: (argv ?? spec.argv).map((word) => word.replaceAll('{connection_file}', file)),
    cwd: context.cwd,
    env: { ...env, ...spec.env },
    caller,
    ringBytes,
  });
  return { process, record };
}

/** The record in a process's directory; undefined when that process is no kernel. */
export function readKernelRecord(dir: string): KernelRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, recordFile), 'utf8')) as KernelRecord;
  } catch {
    return undefined;
  }
}

/** Removes what is left of a kernel that has ended. */
export function discardKernel({ process, record }: LaunchedKernel, processes: Processes): void {
  clearConnection(join(process.dir, connectionDirectory), record.caller);
  process.close();
  processes.discard(process.id);
}

/** The same interpreter with our launcher in place of ipykernel's; undefined for any other kernel. */
function ownLauncher(argv: string[], launchers: string): string[] | undefined {
  const at = argv.findIndex((word, index) => word === '-m' && /^ipykernel(_launcher)?$/.test(argv[index + 1] ?? ''));
  return at < 0 ? undefined : argv.toSpliced(at, 2, join(launchers, ipykernelLauncher));
}
