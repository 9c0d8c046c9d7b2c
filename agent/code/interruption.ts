import { setTimeout as delay } from 'node:timers/promises';
import type { Kernel } from '../kernels/kernel.ts';
import { afterLiving } from '../processes/living.ts';

/** How long an interrupt waits for the kernel to begin with the cell that it is meant for; not every kernel says when it does. */
const beginMs = 2000;
/** A cell that is interrupted by its time-out gets this long to end; it may have things to put away. */
const graceMs = 5000;
/** An interrupt is on its way for a moment only, unless what brings it is stopped. */
const deliveryMs = 5000;

/** How one cell is broken off from outside: at somebody's wish, or by its time-out, which is for good. */
export class Interruption {
  readonly #kernel: Kernel;
  readonly #onTimeout: () => void;
  readonly #begun = Promise.withResolvers<void>();
  #deliveries = Promise.resolve();
  #isOver = false;
  #wasAsked = false;
  #isTimeout = false;
  #callOffEnd = () => {};

  constructor(kernel: Kernel, onTimeout: () => void) {
    this.#kernel = kernel;
    this.#onTimeout = onTimeout;
  }

  /** Somebody has interrupted it while it ran. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  get isTimeout(): boolean {
    return this.#isTimeout;
  }

  /** The kernel has begun with the code: before that, an interrupt would be lost. */
  begun(): void {
    this.#begun.resolve();
  }

  /** Interrupts the cell once it has begun, unless it is over. */
  async ask(): Promise<void> {
    const isInTime = await this.#hasBegun();
    if (this.#isOver) return;
    this.#wasAsked = true;
    await this.#deliver();
    if (!isInTime) void this.#deliverOnceBegun();
  }

  /** Interrupts it after so many milliseconds, and ends the kernel when it takes no notice. Returns what calls it off. */
  after(ms: number | undefined): () => void {
    const callOff = ms === undefined ? () => {} : afterLiving(ms, () => this.#timeOut());
    return () => {
      callOff();
      this.#isOver = true;
      this.#callOffEnd();
      this.#begun.resolve();
    };
  }

  /** Resolves when no interrupt is on its way any more that could hit the next cell. */
  async over(): Promise<void> {
    this.#isOver = true;
    await Promise.race([this.#deliveries, delay(deliveryMs, undefined, { ref: false })]);
  }

  #timeOut(): void {
    this.#isTimeout = true;
    this.#onTimeout();
    void this.#breakOffForGood();
  }

  async #breakOffForGood(): Promise<void> {
    const isInTime = await this.#hasBegun();
    if (this.#isOver) return;
    this.#endUnlessItEnds();
    await this.#deliver();
    if (!isInTime && (await this.#deliverOnceBegun())) this.#endUnlessItEnds();
  }

  #endUnlessItEnds(): void {
    this.#callOffEnd();
    if (!this.#isOver) this.#callOffEnd = afterLiving(graceMs, () => void this.#kernel.end());
  }

  /** False for a kernel that is too slow to be waited for, or says nothing of it. */
  #hasBegun(): Promise<boolean> {
    return Promise.race([this.#begun.promise.then(() => true), delay(beginMs, false, { ref: false })]);
  }

  /** For a kernel that was only slow: what it was sent before is lost. False when the cell is over by then. */
  async #deliverOnceBegun(): Promise<boolean> {
    await this.#begun.promise;
    if (this.#isOver) return false;
    await this.#deliver();
    return true;
  }

  async #deliver(): Promise<void> {
    const delivery = this.#kernel.interrupt();
    this.#deliveries = Promise.all([this.#deliveries, delivery]).then(() => {});
    await delivery;
  }
}
