import { setTimeout as delay } from 'node:timers/promises';
import type { Followed } from '../processes/follow.ts';
import type { RunningProcess } from '../processes/process.ts';
import type { Ring } from '../processes/ring.ts';

/** Between looks when the shell has ended and its run is about to. */
const pollMs = 20;

/** The stretch of a shell's output that belongs to one run: up to its mark, or to the shell's end. */
export class RunOutput implements Followed {
  readonly #process: RunningProcess;
  readonly #mark: number;
  readonly #ended = new AbortController();
  #end: { position: number } | undefined;

  /** `mark`: number of the mark that ends it. */
  constructor(process: RunningProcess, mark: number) {
    this.#process = process;
    this.#mark = mark;
  }

  get ring(): Ring {
    return this.#process.ring;
  }

  get status(): { position: number } | undefined {
    return this.#end;
  }

  /** Where it ends is known before the run is told to have ended: nothing of what comes next may be read meanwhile. */
  look(): { position: number } | undefined {
    if (this.#end || this.#process.isClosed) return this.#end;
    const { mark, markedAt } = this.ring.marks();
    return mark === this.#mark ? { position: markedAt } : this.#process.look();
  }

  enter(): () => void {
    return this.#process.enter();
  }

  async news(signal: AbortSignal, ms?: number): Promise<void> {
    if (this.#end) return;
    // An ended process has no news to wait for.
    if (this.#process.look()) await delay(Math.min(ms ?? pollMs, pollMs));
    else await this.#process.news(AbortSignal.any([signal, this.#ended.signal]), ms);
  }

  /** Tells those who follow it that it has ended. */
  end(position: number): void {
    this.#end = { position };
    this.#ended.abort();
  }
}
