import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { follow } from '../../processes/follow.ts';
import type { Processes } from '../../processes/processes.ts';
import type { Caller } from '../../users/passwd.ts';
import { endTree } from '../end-tree.ts';
import { clearConnection } from '../jupyter/connection-file.ts';
import type { ForkRequest } from './ask.ts';
import { zygoteKey } from './key.ts';
import { NoFork, ownDirectoryOf, readZygoteRecord, Zygote } from './zygote.ts';

/** Each takes the memory of a kernel. */
const most = 2;
/** An interpreter whose zygotes fail again and again is started directly from then on. */
const mostFailures = 3;
/** Of what a zygote says in the log. */
const mostSaid = 8192;

export interface ZygotesOptions {
  processes: Processes;
  spool: string;
  launchers: string;
  preloads: string[];
  warn(message: string, error?: unknown): void;
}

/** What decides which zygote a kernel can be a fork of. */
export interface Wanted {
  interpreter: string[];
  env: Record<string, string>;
  caller: Caller;
}

/** The zygotes that there are, the one that was used last at the end. */
export class Zygotes {
  readonly #options: ZygotesOptions;
  readonly #zygotes = new Map<string, Promise<Zygote>>();
  /** Those that fork no more. Their runners stay with the kernels that they have forked. */
  readonly #former = new Set<Zygote>();
  readonly #failures = new Map<string, number>();
  readonly #closing = new AbortController();

  constructor(options: ZygotesOptions) {
    this.#options = options;
    this.#adopt();
  }

  /**
   * Forks a kernel, of a new zygote where there is none. False where that can't be done, for whatever reason: the kernel is to be
   * started in another way then.
   */
  async fork(wanted: Wanted, request: ForkRequest): Promise<boolean> {
    const key = zygoteKey(wanted.interpreter, wanted.env, wanted.caller);
    if ((this.#failures.get(key) ?? 0) >= mostFailures || this.#closing.signal.aborted) return false;
    const found = this.#zygotes.get(key) ?? this.#start(key, wanted);
    this.#zygotes.delete(key);
    this.#zygotes.set(key, found);
    this.#shrink();
    let zygote: Zygote | undefined;
    try {
      zygote = await found;
      await zygote.fork(request);
      this.#failures.delete(key);
      return true;
    } catch (error) {
      const why = (error as Error).message;
      if (error instanceof NoFork && why.startsWith('chdir: ')) return false;
      if (why === 'slow' && zygote?.isUsable) return false;
      if (this.#zygotes.get(key) === found) this.#zygotes.delete(key);
      if (zygote) this.#retire(zygote);
      if (why === 'stale') return false;
      this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
      this.#options.warn('a kernel could not be forked, and is started in the slower way', error);
      return false;
    }
  }

  /** Ends them with everything that is below them. */
  async close(): Promise<void> {
    this.#closing.abort();
    const started = await Promise.allSettled(this.#zygotes.values());
    const living = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    this.#zygotes.clear();
    await Promise.all(
      [...this.#former, ...living].map(async (zygote) => {
        await endTree(zygote.process);
        this.#discard(zygote);
      }),
    );
  }

  async #start(key: string, { interpreter, env, caller }: Wanted): Promise<Zygote> {
    const { processes, launchers, preloads } = this.#options;
    return this.#watch(await Zygote.start({ processes, launchers, preloads, key, interpreter, env, caller }));
  }

  #watch(zygote: Zygote): Zygote {
    void this.#listen(zygote);
    void zygote.process.ended.then(() => {
      const { key } = zygote.record;
      void this.#zygotes.get(key)?.then((current) => {
        if (current === zygote) this.#zygotes.delete(key);
      });
      this.#retire(zygote);
    });
    return zygote;
  }

  /** Hands on to the log what it says, such as which module can't be imported. */
  async #listen(zygote: Zygote): Promise<void> {
    let said = 0;
    try {
      for await (const { records } of follow(zygote.process, { signal: this.#closing.signal })) {
        const text = Buffer.concat(records.map((record) => record.data)).subarray(0, mostSaid - said);
        said += text.length;
        if (text.length > 0) this.#options.warn(`the zygote of kernels says: ${text.toString().trim()}`);
      }
    } catch {
      // It was forgotten meanwhile.
    }
  }

  #shrink(): void {
    for (const [key, zygote] of this.#zygotes) {
      if (this.#zygotes.size <= most) return;
      this.#zygotes.delete(key);
      void zygote.then((unused) => this.#retire(unused)).catch(() => {});
    }
  }

  /** Ends it, and forgets it once its runner has gone too, as it does when no kernel is left below it. */
  #retire(zygote: Zygote): void {
    if (this.#former.has(zygote) || zygote.process.isClosed) return;
    this.#former.add(zygote);
    zygote.end();
    const look = setInterval(() => {
      if (this.#closing.signal.aborted) clearInterval(look);
      else if (!zygote.process.hasRunner) {
        clearInterval(look);
        this.#discard(zygote);
      }
    }, 1000).unref();
  }

  #discard(zygote: Zygote): void {
    this.#former.delete(zygote);
    clearConnection(ownDirectoryOf(zygote.process), zygote.record.caller);
    zygote.process.close();
    this.#options.processes.discard(zygote.process.id);
  }

  /** Goes on with those of an earlier agent that was killed. */
  #adopt(): void {
    const { processes, spool } = this.#options;
    for (const id of readdirSync(spool)) {
      const record = readZygoteRecord(join(spool, id));
      if (!record) continue;
      try {
        const zygote = this.#watch(new Zygote(processes.adopt(id), record));
        if (!zygote.process.status) this.#zygotes.set(record.key, Promise.resolve(zygote));
      } catch {
        // The agent died between making the directory and starting the runner.
        processes.discard(id);
      }
    }
    this.#shrink();
  }
}
