import type { WebSocket } from 'ws';

/** Questions in a row that a client need not answer. */
const patience = 2;

/**
 * Finds out when a client is gone without a word: it is asked every `pingMs`, and whoever gives no sign of life for twice as long
 * is cut off. Its terminal goes on. Questions are counted and not time, so that a busy machine, on which both are late, takes nobody for
 * gone.
 */
export class Heartbeat {
  readonly #socket: WebSocket;
  readonly #timer: NodeJS.Timeout;
  #unanswered = 0;
  #checked = performance.now();

  constructor(socket: WebSocket, pingMs: number) {
    this.#socket = socket;
    socket.on('pong', () => this.beat()).on('ping', () => this.beat());
    this.#timer = setInterval(() => this.#check(pingMs), pingMs).unref();
  }

  /** To be called for every sign of life; a write that had to wait and then went is one, for the other side has let it. */
  beat(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(pingMs: number): void {
    const now = performance.now();
    // The sandbox was frozen: nobody in it has lived through that time.
    if (now - this.#checked > 1.5 * pingMs) this.beat();
    this.#checked = now;
    // While nothing is read of it, since the program doesn't read its input, it can't give any sign.
    if (this.#socket.isPaused) this.beat();
    if (this.#unanswered >= patience) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
    this.#unanswered += 1;
  }
}
