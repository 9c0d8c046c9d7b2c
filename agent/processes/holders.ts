import { afterLiving } from './living.ts';
import type { RunningProcess } from './process.ts';

/** A reader that the writer waits for. */
export interface Hold {
  /** Says how far it has come in the ring. */
  reached(ringPosition: number): void;
  /**
   * It is gone. With `all` it has got everything: nobody waits for what descendants still write. Without, the writer waits on for
   * a grace, so that the reader can come back and has missed nothing.
   */
  release(all: boolean): void;
}

/** The readers that hold one writer back, in the order in which they came; it waits for the newest. */
export class Holders {
  readonly #process: RunningProcess;
  readonly #graceMs: number;
  readonly #holders = new Set<symbol>();
  #callOffGrace = () => {};

  /** `graceMs`: how long the writer waits for one to come. */
  constructor(process: RunningProcess, graceMs: number) {
    this.#process = process;
    this.#graceMs = graceMs;
    // Held from its start, or by the caller of an earlier agent: somebody has to come for it in time.
    if (process.ring.state().hold !== undefined) this.expect();
  }

  /**
   * Makes one reader the one that the writer waits for, in place of an earlier one: that is most likely the same reader over
   * a connection that is dead already. It has its place back when the newer one goes first.
   */
  hold(): Hold {
    const holder = Symbol('holder');
    const isNewest = () => [...this.#holders].at(-1) === holder;
    this.#holders.add(holder);
    this.#callOffGrace();
    return {
      reached: (ringPosition) => {
        if (isNewest()) this.#process.hold(ringPosition);
      },
      release: (all) => {
        if (all && isNewest()) this.#process.hold(undefined);
        this.#holders.delete(holder);
        if (!all && this.#holders.size === 0) this.expect();
      },
    };
  }

  /** Lets the writer go on unless a reader comes within the grace. */
  expect(): void {
    this.#callOffGrace();
    if (this.#process.isClosed) return;
    this.#callOffGrace = afterLiving(this.#graceMs, () => this.#process.hold(undefined));
  }

  close(): void {
    this.#callOffGrace();
  }
}
