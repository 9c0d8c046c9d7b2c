import { EventEmitter } from 'node:events';
import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Ring } from './ring.ts';
import { type EndStatus, readStatus } from './status.ts';

/** How often a process whose runner is not this agent's child is looked after. */
const adoptedCheckMs = 2000;

/**
 * One process under `init run`, whether this agent started it or an earlier one. It can be told things through its FIFO,
 * and its output and end are read from its directory, so nothing here depends on being its parent.
 */
export class RunningProcess {
  readonly id: string;
  /** Its directory in the spool. */
  readonly dir: string;
  readonly ring: Ring;
  /** Settles once, when it has ended; never rejects. */
  readonly ended: Promise<EndStatus>;
  #status: EndStatus | undefined;
  readonly #bell = new EventEmitter();
  readonly #watcher: FSWatcher;
  readonly #settle: (status: EndStatus) => void;
  #check: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(dir: string, id: string, { adopted = false }: { adopted?: boolean } = {}) {
    this.id = id;
    this.dir = dir;
    this.ring = new Ring(dir);
    const { promise, resolve } = Promise.withResolvers<EndStatus>();
    this.ended = promise;
    this.#settle = resolve;
    this.#bell.setMaxListeners(0);
    this.#watcher = watch(join(dir, 'bell'), { persistent: false }, () => this.#onBell());
    if (adopted) this.#check = setInterval(() => this.checkRunner(), adoptedCheckMs).unref();
    this.#onBell();
  }

  /** Undefined while it runs. */
  get status(): EndStatus | undefined {
    return this.#status;
  }

  /** Ends the whole tree: SIGTERM, then SIGKILL after the grace it was started with; `now`: SIGKILL at once. */
  kill(now = false): void {
    this.#tell(now ? 'kill now' : 'kill');
  }

  /** Sends a signal to the process group of its first process. */
  signal(number: number): void {
    this.#tell(`signal ${number}`);
  }

  /**
   * Says how far the one reader has come that holds the writer back; undefined lets it write on. The writer is kept half a
   * history ahead at most: the other half is what that reader was given last, for it may have been lost on the way.
   */
  hold(position: number | undefined): void {
    const { hold, head, capacity } = this.ring.state();
    this.ring.setHold(position === undefined ? undefined : Math.max(hold ?? 0, position - Math.floor(capacity / 2)));
    // The runner only waits for word when its ring is close to full.
    if (hold !== undefined && head - hold > capacity / 2) this.#tell('hold');
  }

  /** True while its runner lives: until it ended, and then as long as descendants that it left behind do. */
  get hasRunner(): boolean {
    return this.#tell('');
  }

  /** Waits for news: more output (after `ring.askForBell()`), the end, `ms`, or the signal; whichever is first. */
  news(signal: AbortSignal, ms?: number): Promise<void> {
    if (this.#status || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#bell.off('bell', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      this.#bell.on('bell', done);
      signal.addEventListener('abort', done);
    });
  }

  /** The last output of both streams, at most `bytes` of it. */
  tail(bytes: number): Buffer {
    const records = [];
    for (let from = 0; ; ) {
      const batch = this.ring.read(from);
      if (batch.records.length === 0) break;
      records.push(...batch.records.map((record) => record.data));
      from = batch.next;
    }
    const all = Buffer.concat(records);
    return all.subarray(Math.max(0, all.length - bytes));
  }

  /** For when the runner is known or feared to be gone: without a status it is lost, which is told as its end. */
  checkRunner(): void {
    if (this.#closed) return;
    this.#onBell();
    if (this.#status || this.hasRunner) return;
    this.#onBell();
    if (this.#status) return;
    const { stdout, stderr } = this.ring.state();
    const now = Date.now();
    this.#end({ reason: 'lost', code: -1, signal: 0, error: '', started: now, ended: now, position: stdout + stderr });
  }

  /** Forgets it; does not end it. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#check);
    this.#watcher.close();
    this.ring.close();
  }

  #onBell(): void {
    if (!this.#status) {
      const status = readStatus(this.dir);
      if (status) this.#end(status);
    }
    this.#bell.emit('bell');
  }

  #end(status: EndStatus): void {
    clearInterval(this.#check);
    this.#status = status;
    this.#settle(status);
    this.#bell.emit('bell');
  }

  /** One line to the runner; false when there is no runner. */
  #tell(line: string): boolean {
    let fd: number;
    try {
      fd = openSync(join(this.dir, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return false;
    }
    try {
      if (line) writeSync(fd, `${line}\n`);
      return true;
    } catch {
      // It went between the two calls.
      return false;
    } finally {
      closeSync(fd);
    }
  }
}
