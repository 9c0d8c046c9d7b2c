import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterLiving } from '../../processes/living.ts';
import { order } from '../../processes/orders.ts';
import type { RunningProcess } from '../../processes/process.ts';
import type { Processes } from '../../processes/processes.ts';
import type { Caller } from '../../users/passwd.ts';
import { ask, type ForkRequest } from './ask.ts';

/** For all that is imported, from a cold disk with a tenth of a processor, and for an answer after that. */
const firstMs = 60_000;
const patienceMs = 5000;
/** So often it may be too slow, as while it imports the modules of the setting, before it counts as one that hangs. */
const mostMisses = 2;
/** Only what could not be imported is said there. */
const ringBytes = 64 * 1024;

const program = 'zygote.py';
const recordFile = 'zygote.json';
/** Directory of the socket, in the process's own; a short name, as a socket's path may not be long. */
const ownDirectory = 'k';

/** What is kept of a zygote beside its process, so that a new agent can go on using it. */
export interface ZygoteRecord {
  key: string;
  caller: Caller;
}

export interface ZygoteOptions extends ZygoteRecord {
  processes: Processes;
  /** Words that start the interpreter. */
  interpreter: string[];
  env: Record<string, string>;
  /** Modules that kernels are to have imported already. */
  preloads: string[];
  /** Directory of the Python programs. */
  launchers: string;
}

/** A process that has imported what kernels need, and becomes one by a fork. */
export class Zygote {
  readonly process: RunningProcess;
  readonly record: ZygoteRecord;
  #hasAnswered: boolean;
  #misses = 0;

  constructor(process: RunningProcess, record: ZygoteRecord, hasAnswered = true) {
    this.process = process;
    this.record = record;
    this.#hasAnswered = hasAnswered;
  }

  /** Starts one; it can be asked at once. @throws ApiError `SPOOL_FULL`, `RUNTIME_ERROR` */
  static async start({ processes, key, caller, ...options }: ZygoteOptions): Promise<Zygote> {
    const id = randomUUID().replaceAll('-', '');
    const dir = processes.directory(id);
    const own = join(dir, ownDirectory);
    mkdirSync(own, { mode: 0o700 });
    if (process.geteuid?.() === 0) chownSync(own, caller.uid, caller.gid);
    const record = { key, caller };
    writeFileSync(join(dir, recordFile), JSON.stringify(record), { mode: 0o600 });
    const words = [join(options.launchers, program), socketIn(dir), processes.init, ...options.preloads];
    const argv = [...options.interpreter, ...words];
    const started = await processes.launch({ id, argv, cwd: '/', env: options.env, caller, ringBytes });
    return new Zygote(started, record, false);
  }

  /** False when it is of no more use: it has ended, or hangs. */
  get isUsable(): boolean {
    return !this.process.status && this.#misses < mostMisses;
  }

  /** Waits until the kernel's runner is there. @throws NoFork */
  async fork(request: ForkRequest): Promise<void> {
    const failed = new AbortController();
    const callOff = afterLiving(this.#hasAnswered ? patienceMs : firstMs, () => {
      this.#misses += 1;
      failed.abort(new NoFork('slow'));
    });
    void this.process.ended.then(() => failed.abort(new NoFork('it has ended')));
    try {
      const answer = await ask(socketIn(this.process.dir), this.record.caller, request, failed.signal);
      if (!/^ready \d+\n$/.test(answer)) throw new NoFork(answer.trim() || 'it says nothing');
      this.#hasAnswered = true;
      this.#misses = 0;
    } catch (error) {
      throw error instanceof NoFork ? error : new NoFork((error as Error).message);
    } finally {
      callOff();
    }
  }

  /** Ends it, and not the kernels that were forked of it, which its runner stays with. */
  end(): void {
    order(this.process.dir, 'signal first 9');
  }
}

/** Why there is no fork: `slow`, or the answer of the zygote, where it has given one. */
export class NoFork extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'NoFork';
  }
}

/** The record in a process's directory; undefined when that process is no zygote. */
export function readZygoteRecord(dir: string): ZygoteRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, recordFile), 'utf8')) as ZygoteRecord;
  } catch {
    return undefined;
  }
}

/** The directory of its user's in a zygote's. */
export function ownDirectoryOf(process: RunningProcess): string {
  return join(process.dir, ownDirectory);
}

function socketIn(dir: string): string {
  return join(dir, ownDirectory, 'z');
}
