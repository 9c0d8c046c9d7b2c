import { spawn } from 'node:child_process';
import { type FileHandle, open, readFile, readlink } from 'node:fs/promises';
import { ApiError } from '../../shared/api/errors.ts';

/** Where the packet filter's program is and how long it may take. */
export interface Filter {
  /** Path or name of `nft`. */
  nft: string;
  /** Milliseconds until a script counts as failed. */
  deadline: number;
}

/**
 * Loads a script, then reads the table back, since rules that are not there must not pass for rules: `$1` is nft, `$2` the
 * table (empty: nothing to read), and the script comes on standard input. Runs in any shell, of this machine or of a
 * helper container.
 */
export const loadAndRead = '"$1" -f - && { [ -z "$2" ] || "$1" list table inet "$2" >/dev/null; }';

/** Lists a table, `$2`, as JSON. Runs where the above does. */
export const listAsJson = '"$1" -j list table inet "$2"';

/** Loads a script into this process's own network namespace; `table` is read back. @throws `NETWORK_RULES_FAILED` */
export async function applyHere(filter: Filter, script: string, table = ''): Promise<void> {
  await run(['sh', '-c', loadAndRead, 'sh', filter.nft, table], script, filter.deadline);
}

/** True when the table is there, in this process's own network namespace. @throws `NETWORK_RULES_FAILED` */
export async function isApplied(filter: Filter, table: string): Promise<boolean> {
  const list = '"$1" list tables inet';
  const output = await run(['sh', '-c', list, 'sh', filter.nft], '', filter.deadline);
  return output.split('\n').includes(`table inet ${table}`);
}

/** A container, and its first process as this machine numbers it. */
export interface Inhabited {
  pid: number;
  container: string;
}

/**
 * Loads a script into the network namespace of process `pid`, which has to be in a cgroup that carries `container`.
 *
 * A process id can change hands between asking the engine and using it, and rules meant for a sandbox would then shut
 * the host. So the namespace is opened first, and the process is looked at afterwards: what was opened is the container's,
 * or the check fails.
 * @throws `NETWORK_RULES_FAILED`
 */
export async function applyInside(filter: Filter, place: Inhabited, table: string, script: string): Promise<void> {
  await runInside(filter, place, { line: loadAndRead, table, input: script });
}

/** What a table in the network namespace of a process holds, as JSON. @throws `NETWORK_RULES_FAILED` */
export function readInside(filter: Filter, place: Inhabited, table: string): Promise<string> {
  return runInside(filter, place, { line: listAsJson, table, input: '' });
}

async function runInside(
  { nft, deadline }: Filter,
  { pid, container }: Inhabited,
  { line, table, input }: { line: string; table: string; input: string },
): Promise<string> {
  const namespace = await openNamespace(pid, container);
  try {
    const enter = ['nsenter', '--net=/proc/self/fd/3', 'sh', '-c', line, 'sh', nft, table];
    return await run(enter, input, deadline, namespace.fd);
  } finally {
    await namespace.close();
  }
}

async function openNamespace(pid: number, container: string): Promise<FileHandle> {
  const path = `/proc/${pid}/ns/net`;
  let namespace: FileHandle | undefined;
  try {
    namespace = await open(path);
    const [theirs, ours, cgroups] = await Promise.all([
      readlink(`/proc/self/fd/${namespace.fd}`),
      readlink('/proc/self/ns/net'),
      readFile(`/proc/${pid}/cgroup`, 'utf8'),
    ]);
    if (theirs === ours) throw new Error('it shares the network of this process');
    if (!cgroups.includes(container)) throw new Error(`process ${pid} is not the container's`);
    return namespace;
  } catch (error) {
    await namespace?.close();
    throw failed(`the network of container ${container.slice(0, 12)}: ${(error as Error).message}`, error);
  }
}

/** Characters of output that are kept: the largest table has some thousand addresses. */
const outputLimit = 8 * 1024 * 1024;
/** What a shell answers when what it ran ended by SIGSEGV. */
const crashed = 139;
const attempts = 5;

/**
 * Runs a program to its end and gives what it said on standard output. A crash is tried again: nft 1.0.6 (Debian 12) crashes now
 * and then when somebody else changes rules of the same namespace under it, and scripts here may be loaded twice.
 */
async function run(command: string[], input: string, deadline: number, descriptor?: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { code, signal, output, said } = await runOnce(command, input, deadline, descriptor);
    if (code === 0) return output;
    if (code !== crashed || attempt === attempts) {
      throw failed(said.trim() || `${command[0]} ended with ${code ?? signal}`);
    }
  }
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  said: string;
}

async function runOnce(command: string[], input: string, deadline: number, descriptor?: number): Promise<Ended> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
    // A session of its own, so that the deadline ends the shell and what it runs.
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  let said = '';
  let output = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 2000) said += text;
  });
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < outputLimit) output += text;
  });
  // A program that doesn't read its input is told apart by its exit code.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const timer = setTimeout(() => {
    if (child.pid !== undefined) kill(child.pid);
    reject(failed(`${program} did not end within ${deadline} ms`));
  }, deadline);
  child.once('error', (error) => reject(failed(`${program} can't be run: ${error.message}`, error)));
  child.once('close', (code, signal) => resolve({ code, signal, output, said }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Ended by itself meanwhile.
  }
}

function failed(message: string, cause?: unknown): ApiError {
  return new ApiError('NETWORK_RULES_FAILED', `rules of the network: ${message}`, { cause });
}
