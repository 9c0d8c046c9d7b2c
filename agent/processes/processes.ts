import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';
import { systemCode } from '../users/system-code.ts';
import { Launcher } from './launcher.ts';
import { order } from './orders.ts';
import { type OwnedRunner, RunningProcess } from './process.ts';

/** A ring starts with this much; without it nothing can be started. */
const smallestRing = 64 * 1024;

/** Everything about a process that is decided before it runs. */
export interface LaunchOptions {
  /** Name of its directory in the spool. */
  id?: string;
  argv: string[];
  cwd: string;
  /** Its whole environment. */
  env: Record<string, string>;
  caller: Caller;
  /** The tree is ended by SIGKILL after this. */
  timeoutMs?: number | undefined;
  /** Between SIGTERM and SIGKILL; the runner's default is 3000. */
  graceMs?: number;
  /** At most this much history, fewer where the spool is crowded. */
  ringBytes?: number;
  /** Starts held back by a reader that has read nothing yet. */
  hold?: boolean;
  /** Has input, which `RunningProcess.input` leads to. */
  input?: boolean;
  /** Has a terminal of this size as its standard streams; output is one stream then, and there is input. */
  terminal?: { cols: number; rows: number } | undefined;
}

export interface IncludeOptions {
  runner: OwnedRunner;
  ringBytes: number;
  make(ring: number): Promise<void>;
}

export interface ProcessesOptions {
  /** Directory on a file system of limited size. */
  spool: string;
  /** Path of the native program. */
  init: string;
  ringBytes: number;
  /** Nothing that is started has any capability. */
  noCapabilities: boolean;
}

/** Starts processes under `init run` and shares the spool out among them. */
export class Processes {
  readonly #options: ProcessesOptions;
  /** Ring bytes promised to processes whose directory is there. */
  readonly #promised = new Map<string, number>();
  readonly #launcher: Launcher;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    this.#launcher = new Launcher(options.init);
    mkdirSync(options.spool, { recursive: true, mode: 0o711 });
  }

  /** Path of the native program. */
  get init(): string {
    return this.#options.init;
  }

  /** Has everything there that starting takes. */
  prepare(): void {
    this.#launcher.prepare();
  }

  /** Starts none any more; those that run are left alone. */
  close(): void {
    this.#launcher.close();
  }

  /** Makes a process's directory; callers may put files there before `launch` with the same id. @throws ApiError `SPOOL_FULL` */
  directory(id: string): string {
    const dir = join(this.#options.spool, id);
    try {
      mkdirSync(dir, { recursive: true, mode: 0o711 });
    } catch (error) {
      throw orSpoolFull(error);
    }
    return dir;
  }

  /**
   * Starts a process. It may still turn out that its program can't be executed: its end says so (`failed`).
   * @throws ApiError `SPOOL_FULL`, `INVALID_REQUEST_BODY` (more words and variables than Linux takes), `RUNTIME_ERROR`
   */
  async launch(options: LaunchOptions): Promise<RunningProcess> {
    const id = options.id ?? randomUUID().replaceAll('-', '');
    const dir = this.directory(id);
    const ring = this.#share(id, options.ringBytes ?? this.#options.ringBytes);
    try {
      return await this.#run(id, dir, ring, options);
    } catch (error) {
      // Should it run after all, nobody would ever hear of it again.
      order(dir, 'kill now');
      this.discard(id);
      throw error;
    }
  }

  /**
   * A process that comes about in another way: `make` is given a size for its ring, and what it starts becomes its runner with a
   * user's rights (`init run --child`), which is there when it returns. @throws what `make` throws; ENOENT when there is none
   */
  async include(id: string, options: IncludeOptions): Promise<RunningProcess> {
    const ring = this.#share(id, options.ringBytes);
    try {
      await options.make(ring);
      return new RunningProcess(this.directory(id), id, options.runner);
    } catch (error) {
      this.discard(id);
      throw error;
    }
  }

  /** Takes over what an earlier agent started. `runner`: where it is a user's. @throws ENOENT when it never got as far as running */
  adopt(id: string, runner?: OwnedRunner): RunningProcess {
    const process = new RunningProcess(join(this.#options.spool, id), id, runner);
    this.#promised.set(id, runner ? smallestRing : process.ring.state().capacity);
    process.checkRunner();
    return process;
  }

  /** Removes a process's directory and gives its share of the spool back. What can't be removed is left there. */
  discard(id: string): void {
    this.#promised.delete(id);
    try {
      rmSync(join(this.#options.spool, id), { recursive: true, force: true });
    } catch {
      // Something is mounted on it, or root inside writes to it: no reason to refuse what makes room for itself here.
    }
  }

  /** True when the spool has less room left than a new process and `bytes` more should have: old history has to go. */
  isCrowded(bytes: number): boolean {
    const { bavail, blocks, bsize, ffree, files } = statfsSync(this.#options.spool);
    if (files > 0 && ffree < 32) return true;
    return bavail * bsize - bytes < Math.min(this.#options.ringBytes, (blocks * bsize) / 8);
  }

  /** A quarter of what is not promised yet, so that there is always something left for the next. */
  #share(id: string, wanted: number): number {
    const { blocks, bsize } = statfsSync(this.#options.spool);
    const promised = this.#promised.values().reduce((sum, bytes) => sum + bytes, 0);
    const share = Math.max(smallestRing, Math.min(wanted, Math.floor((blocks * bsize - promised) / 4)));
    this.#promised.set(id, share);
    return share;
  }

  async #run(id: string, dir: string, ring: number, options: LaunchOptions): Promise<RunningProcess> {
    const { caller } = options;
    const args = ['run', '--dir', dir, '--cwd', options.cwd, '--ring', String(ring)];
    if (process.geteuid?.() === 0) {
      args.push('--uid', String(caller.uid), '--gid', String(caller.gid));
      if (caller.groups.length > 0) args.push('--groups', caller.groups.join(','));
    }
    if (this.#options.noCapabilities) args.push('--no-capabilities');
    if (options.timeoutMs !== undefined) args.push('--timeout', String(options.timeoutMs));
    if (options.graceMs !== undefined) args.push('--grace', String(options.graceMs));
    if (options.hold) args.push('--hold');
    if (options.terminal) args.push('--terminal', `${options.terminal.cols}x${options.terminal.rows}`);
    else if (options.input) args.push('--input');
    const { failure, over } = await this.#launcher.launch([this.init, ...args, '--', ...options.argv], options.env);
    if (failure !== undefined) throw refused(failure);
    const started = new RunningProcess(dir, id);
    void over.then(() => started.checkRunner());
    return started;
  }
}

/** A full spool gets its own name, every other error stays what it is. */
export function orSpoolFull(error: unknown): unknown {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCode(error));
  return isFull ? new ApiError('SPOOL_FULL', 'There is no room left for what commands put out.') : error;
}

/** Why a runner never got as far as running, in its own words. */
function refused(why: string): ApiError {
  if (why.includes('No space left')) return new ApiError('SPOOL_FULL', `The process could not be started: ${why}`);
  if (why.endsWith('Argument list too long')) {
    return new ApiError('INVALID_REQUEST_BODY', 'Command and environment are together larger than Linux takes.', {
      field: 'envs',
      expected: 'fewer or shorter variables: about 2 MiB in all',
    });
  }
  return new ApiError('RUNTIME_ERROR', `The process could not be started: ${why}`);
}
