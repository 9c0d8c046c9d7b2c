import { setImmediate as immediate } from 'node:timers/promises';
import { Dealer, Subscriber } from 'zeromq';
import { type Connection, endpoint, type SocketName } from './connection-file.ts';
import { decode, encode, type Message } from './wire.ts';

/**
 * The default, 100 ms, is what a start would wait for a socket that the kernel has just bound.
 */
const reconnectMs = 5;

/** What is read before others have a turn. */
const turnBytes = 256 * 1024;
/** What has come and was not read yet, where a kernel can wait until it is. */
const heldMessages = 128;

/** The sockets of one kernel: messages in and out, in order per channel, none dropped on this side. */
export class Channels {
  /** Gets every message that came; replaced as the kernel's life goes on. */
  listener: (message: Message) => void = () => {};
  /** When the last message came. */
  lastAt = 0;
  readonly #key: string;
  readonly #sockets: Record<Exclude<SocketName, 'iopub'>, Dealer> & { iopub: Subscriber };
  /** ZeroMQ for Node takes one message at a time per socket. */
  readonly #sending = new Map<string, Promise<void>>();
  /** Bytes that were read since others had a turn. */
  #inTurn = 0;
  readonly #onUnreadable: (error: unknown) => void;

  /** `id` names this client to the kernel: the same on all sockets. `onUnreadable` hears of messages that are none. */
  constructor(connection: Connection, id: string, onUnreadable: (error: unknown) => void) {
    this.#key = connection.key;
    this.#onUnreadable = onUnreadable;
    const options = { linger: 0, reconnectInterval: reconnectMs, receiveHighWaterMark: 0 };
    const dealer = () => new Dealer({ ...options, sendHighWaterMark: 0, routingId: id });
    const iopub = new Subscriber({ ...options, receiveHighWaterMark: waitsForUs(connection) ? heldMessages : 0 });
    this.#sockets = { shell: dealer(), control: dealer(), stdin: dealer(), iopub };
    this.#sockets.iopub.subscribe();
    for (const name of ['shell', 'control', 'stdin', 'iopub'] as const) {
      this.#sockets[name].connect(endpoint(connection, name));
      void this.#read(name, this.#sockets[name]);
    }
  }

  send(message: Message): void {
    const socket = this.#sockets[message.channel as 'shell' | 'control' | 'stdin'];
    const before = this.#sending.get(message.channel) ?? Promise.resolve();
    const frames = encode(message, this.#key);
    // Sending only fails when the socket was closed: whoever waits for an answer hears of the kernel's end instead.
    this.#sending.set(
      message.channel,
      before.then(() => socket.send(frames)).catch(() => {}),
    );
  }

  close(): void {
    this.listener = () => {};
    for (const socket of Object.values(this.#sockets)) socket.close();
  }

  async #read(channel: SocketName, socket: Dealer | Subscriber): Promise<void> {
    try {
      for await (const frames of socket) {
        await this.#take(channel, frames);
      }
    } catch (error) {
      if (!socket.closed) this.#onUnreadable(error);
    }
  }

  /** A kernel runs user code, which may write anything to its sockets: that must not end the reading. */
  async #take(channel: SocketName, frames: Buffer[]): Promise<void> {
    this.lastAt = performance.now();
    try {
      let parts = 0;
      for (const message of decode(frames, channel, this.#key)) {
        // Each is passed on before the next is made: all of them at once may not fit into the heap.
        if (parts++ > 0) await immediate();
        this.lastAt = performance.now();
        this.listener(message);
      }
    } catch (error) {
      this.#onUnreadable(error);
    }
    await this.#pause(frames.reduce((sum, { length }) => sum + length, 0));
  }

  /** ZeroMQ hands over hundreds of messages that are there without letting anybody else have a turn: whoever is to pass them on. */
  async #pause(bytes: number): Promise<void> {
    this.#inTurn += bytes;
    if (this.#inTurn < turnBytes) return;
    this.#inTurn = 0;
    await immediate();
  }
}

/** Kernels that we start in our own way wait when we are slow; any other one would drop what it says: that we keep, however much it is. */
function waitsForUs({ transport }: Connection): boolean {
  return transport === 'ipc';
}
