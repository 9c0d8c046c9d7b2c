import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';

/**
 * Settings of the agent. They come from `init boot --setting`, never from the image's or a request's environment.
 * Sizes are bytes, times milliseconds.
 */
export interface Config {
  /** CUBBY_LISTEN: path of a unix socket, or `host:port`. */
  listen: string;
  /** CUBBY_TOKEN: the secret that every request has to bring. The agent does not start without. */
  token: string;
  /** CUBBY_PACK: where the agent pack is mounted. */
  pack: string;
  /** CUBBY_KERNELS: directory of the programs that start kernels; the pack's own. */
  kernels: string;
  /** CUBBY_KERNEL_ZYGOTE=0: every kernel is started from nothing, none is a fork of an interpreter that stands by. */
  kernelZygotes: boolean;
  /** CUBBY_KERNEL_PRELOAD: modules that kernels of Python have imported already, with commas between them, as `numpy,pandas,matplotlib.pyplot`. */
  kernelPreload: string[];
  /** CUBBY_KERNEL_SPARES: forks of it that wait for the next contexts of Python, each in the memory of a kernel; 16 at most. */
  kernelSpares: number;
  /** CUBBY_SPOOL: directory for commands' output, on a file system of limited size. */
  spool: string;
  /** CUBBY_USER: who runs what the request doesn't say otherwise, as in an image's USER. */
  user: string;
  /** CUBBY_HARDENED=1: nobody but that user, and no capability for anybody. */
  hardened: boolean;
  /** CUBBY_KEEP_HOME=1: image or request said what HOME is, so it is not the user's own. */
  keepHome: boolean;
  /** CUBBY_ENVIRON: file with the environment that users' processes get, NUL between entries. */
  environ: string;
  /** CUBBY_RING_BYTES: history that one command keeps; older output is given up, and readers are told. */
  ringBytes: number;
  /** CUBBY_COMMANDS: finished commands that are remembered; beyond it the oldest is forgotten. */
  commands: number;
  /** CUBBY_LINE_BYTES: a longer line is sent in parts of this size. */
  lineBytes: number;
  /** CUBBY_CALLER_GRACE_MS: how long a vanished caller still holds the writer back, so that it can come back and miss nothing. */
  callerGraceMs: number;
  /** CUBBY_TERMINAL_PING_MS: how often a terminal's client is asked whether it is there; one that is silent for twice as long is cut off. */
  terminalPingMs: number;
  /** CUBBY_CELL_BYTES: output of cells that is kept for readers, of all together; older is given up, and readers are told. */
  cellBytes: number;
  /** CUBBY_OUTPUT_BYTES: what one cell may say, where its request doesn't say; the rest is dropped, and the reader told how much. */
  outputBytes: number;
  /** CUBBY_KERNEL_SERVER_PATIENCE_MS: how long a kernel server of the image is waited for that does not listen yet. */
  kernelServerPatienceMs: number;
  /** CUBBY_LOG_LEVEL: pino's levels; lines go to standard error, which is the engine's log. */
  logLevel: string;
  /** CUBBY_SUPERVISED=1: descriptor 3 leads to init (agent/init/PROTOCOL.md). */
  supervised: boolean;
}

/** Reads the settings once, from the environment of the process. @throws Error that names the setting. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const token = env.CUBBY_TOKEN ?? '';
  if (token.length < 16) throw new Error('CUBBY_TOKEN: expected a token of at least 16 characters');
  const pack = env.CUBBY_PACK ?? '/.cubby/pack';
  return Object.freeze({
    listen: env.CUBBY_LISTEN ?? '/.cubby/run/agent.sock',
    token,
    pack,
    kernels: env.CUBBY_KERNELS ?? join(pack, 'kernels'),
    kernelZygotes: env.CUBBY_KERNEL_ZYGOTE !== '0',
    kernelPreload: modules(env, 'CUBBY_KERNEL_PRELOAD'),
    kernelSpares: spares(env, 'CUBBY_KERNEL_SPARES'),
    spool: env.CUBBY_SPOOL ?? '/.cubby/spool',
    user: env.CUBBY_USER ?? '',
    hardened: env.CUBBY_HARDENED === '1',
    keepHome: env.CUBBY_KEEP_HOME === '1',
    environ: env.CUBBY_ENVIRON ?? '/proc/1/environ',
    ringBytes: positive(env, 'CUBBY_RING_BYTES', 8 * 1024 * 1024),
    commands: positive(env, 'CUBBY_COMMANDS', 1000),
    lineBytes: positive(env, 'CUBBY_LINE_BYTES', 64 * 1024),
    callerGraceMs: positive(env, 'CUBBY_CALLER_GRACE_MS', 10_000),
    terminalPingMs: positive(env, 'CUBBY_TERMINAL_PING_MS', 30_000),
    cellBytes: positive(env, 'CUBBY_CELL_BYTES', usualCellBytes()),
    outputBytes: positive(env, 'CUBBY_OUTPUT_BYTES', 128 * 1024 * 1024),
    kernelServerPatienceMs: positive(env, 'CUBBY_KERNEL_SERVER_PATIENCE_MS', 30_000),
    logLevel: env.CUBBY_LOG_LEVEL ?? 'warn',
    supervised: env.CUBBY_SUPERVISED === '1',
  });
}

/** In a small sandbox the agent's heap is small, too, and most of what is free in it is needed for what is on its way. */
function usualCellBytes(): number {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  return Math.min(64 * 1024 * 1024, Math.floor((limit - used) / 6));
}

function positive(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name}: expected a whole number above 0, got ${text}`);
  return value;
}

function modules(env: NodeJS.ProcessEnv, name: string): string[] {
  const names = (env[name] ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
  const wrong = names.find((word) => !/^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(word));
  if (wrong !== undefined) throw new Error(`${name}: expected names of modules with commas between them, got ${wrong}`);
  return names;
}

function spares(env: NodeJS.ProcessEnv, name: string): number {
  const text = env[name] ?? '0';
  if (!/^\d+$/.test(text) || Number(text) > 16) throw new Error(`${name}: expected a number from 0 to 16, got ${text}`);
  return Number(text);
}
