/** How far output may run ahead of a client that says what it has dealt with, as a terminal does when it has drawn it. */
export class AckWindow {
  readonly #bytes: number;
  #sent: number;
  #acknowledged: number;
  #wake: (() => void) | undefined;

  /** `offset`: of the first byte that counts. */
  constructor(bytes: number, offset: number) {
    this.#bytes = bytes;
    this.#sent = offset;
    this.#acknowledged = offset;
  }

  /** Waits until something may be sent, or until the signal. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#sent - this.#acknowledged >= this.#bytes && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener('abort', this.#wake, { once: true });
      await promise;
      signal.removeEventListener('abort', this.#wake);
    }
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** Everything before this offset has been dealt with. False for one that was never sent. */
  acknowledge(offset: number): boolean {
    if (offset > this.#sent) return false;
    this.#acknowledged = Math.max(this.#acknowledged, offset);
    this.#wake?.();
    return true;
  }
}
