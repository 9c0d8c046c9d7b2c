import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from '../users/passwd.ts';
import { listenTo } from './bell.ts';
import { order } from './orders.ts';
import { Ring } from './ring.ts';
import { type EndStatus, readStatus } from './status.ts';
import { wakeRunner } from './wake-runner.ts';

/** How often a process is looked after, should its runner be killed or its bell not be heard. */
const checkMs = 2000;
/** Between looks whether the last of a tree is gone. */
const endPollMs = 5;

/** Looks into a user's ring for its last output, which may have no end: half a MiB each. */
const ownedLooks = 8;

/** A runner with a user's rights, in a directory of that user's. */
export interface OwnedRunner {
  dir: string;
  owner: Caller;
}

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
  readonly #stopListening: () => void;
  readonly #settle: (status: EndStatus) => void;
  readonly #runner: { dir: string; owner?: Caller };
  readonly #check: NodeJS.Timeout;
  #readers = 0;
  #isClosed = false;

  /** `runner`: where that is not root's, whose files are in `dir` itself. @throws ENOENT when it never got as far as running */
  constructor(dir: string, id: string, runner?: OwnedRunner) {
    this.id = id;
    this.dir = dir;
    this.#runner = runner ?? { dir };
    this.ring = new Ring(this.#runner.dir, runner?.owner);
    const { promise, resolve } = Promise.withResolvers<EndStatus>();
    this.ended = promise;
    this.#settle = resolve;
    this.#bell.setMaxListeners(0);
    try {
      this.#stopListening = listenTo(join(this.#runner.dir, 'bell'), () => this.#onBell(), runner?.owner);
    } catch (error) {
      this.ring.close();
      throw error;
    }
    this.#check = setInterval(() => this.checkRunner(), checkMs).unref();
    this.#onBell();
  }

  /** Undefined while it runs. */
  get status(): EndStatus | undefined {
    return this.#status;
  }

  /** True when somebody follows its output. */
  get isRead(): boolean {
    return this.#readers > 0;
  }

  /** True when it was forgotten: there is nothing to read any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends the whole tree: SIGTERM, then SIGKILL after the grace it was started with; `now`: SIGKILL at once. */
  kill(now = false): void {
    this.order(now ? 'kill now' : 'kill');
  }

  /**
   * Ends the whole tree as `kill` does, what it left behind when it ended included. True when nothing is left; false when
   * something is after `ms`, as what hangs inside the system kernel.
   */
  async end(ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    while (this.hasRunner) {
      if (performance.now() > until) return false;
      this.kill();
      await Promise.race([this.ended, delay(20 * endPollMs)]);
      await delay(endPollMs);
    }
    this.checkRunner();
    return true;
  }

  /** Sends a signal to the process group of its first process. */
  signal(number: number): void {
    this.order(`signal ${number}`);
  }

  /** Sets the size of its terminal. */
  resize({ cols, rows }: { cols: number; rows: number }): void {
    this.order(`resize ${cols} ${rows}`);
  }

  /**
   * Says how far the one reader has come that holds the writer back; undefined lets it write on. The writer is kept `ahead`
   * bytes of ring ahead at most, half of it unless told: the rest is what that reader was given last, for it may have been lost
   * on the way.
   */
  hold(position: number | undefined, ahead = Number.POSITIVE_INFINITY): void {
    if (this.#isClosed) return;
    const { hold, head, capacity } = this.ring.state();
    const behind = capacity - Math.min(ahead, Math.ceil(capacity / 2));
    this.ring.setHold(position === undefined ? undefined : Math.max(hold ?? 0, position - behind));
    // The runner only waits for word when its ring is close to full; there is no second chance for the last word.
    if (position === undefined || (hold !== undefined && head - hold > capacity / 2)) this.order('hold');
  }

  /** Gives its runner an order of agent/init/PROTOCOL.md, or none: ''. False when there is no runner any more. */
  order(line: string): boolean {
    return order(this.#runner.dir, line, this.#runner.owner);
  }

  /** True while its runner lives: until it ended, and then as long as descendants that it left behind do. */
  get hasRunner(): boolean {
    return this.order('');
  }

  /** Waits for news: more output (after `ring.askForBell()`), the end, `ms`, or the signal; whichever is first. */
  news(signal: AbortSignal, ms?: number): Promise<void> {
    if (this.#status || this.#isClosed || signal.aborted) return Promise.resolve();
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

  /** Counts one reader more; call what it returns when that one is gone. */
  enter(): () => void {
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
    };
  }

  /** The last output of both streams, at most `bytes` of it. */
  tail(bytes: number): Buffer {
    const { head } = this.ring.state();
    const most = this.#runner.owner ? ownedLooks : Number.POSITIVE_INFINITY;
    let last = Buffer.alloc(0);
    try {
      for (let from = 0, looks = 0; from < head && looks < most; looks += 1) {
        const batch = this.ring.read(from);
        if (batch.records.length === 0) break;
        const all = Buffer.concat([last, ...batch.records.map((record) => record.data)]);
        last = all.subarray(Math.max(0, all.length - bytes));
        from = batch.next;
      }
    } catch (error) {
      // What a user has written over makes no sense.
      if (!this.#runner.owner) throw error;
    }
    return last;
  }

  /** Looks whether it has ended: known at once, and not when the bell is heard. */
  look(): EndStatus | undefined {
    if (!this.#status && !this.#isClosed) {
      const status = readStatus(this.#runner.dir, this.#runner.owner);
      if (status) this.#end(status);
    }
    return this.#status;
  }

  /** For when the runner is known or feared to be gone: without a status it is lost, which is told as its end. */
  checkRunner(): void {
    if (this.#isClosed) return;
    this.#onBell();
    if (this.#status || this.hasRunner || this.look()) return;
    this.giveUp();
  }

  /** Lets its runner go on, which obeys no order while somebody with its rights has stopped it. */
  wake(): void {
    wakeRunner(this.#runner.dir);
  }

  /** It counts as lost from now on, unless it has ended. */
  giveUp(): void {
    if (this.#isClosed || this.#status) return;
    const { stdout, stderr } = this.ring.state();
    const now = Date.now();
    this.#end({ reason: 'lost', code: -1, signal: 0, error: '', started: now, ended: now, position: stdout + stderr });
  }

  /** Forgets it; does not end it. Who still reads is broken off. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#check);
    this.#stopListening();
    this.ring.close();
    this.#bell.emit('bell');
  }

  #onBell(): void {
    this.look();
    this.#bell.emit('bell');
  }

  #end(status: EndStatus): void {
    clearInterval(this.#check);
    this.#stopListening();
    this.#status = status;
    this.#settle(status);
    this.#bell.emit('bell');
  }
}
