import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { kernelInfoRequest } from '../jupyter/nudge.ts';
import type { Message, MessageChannels } from '../jupyter/wire.ts';
import { refused } from './exchange.ts';
import { PendingCells, parentIdOf } from './pending-cells.ts';
import { isUnreachable, type ServerApi } from './server-api.ts';
import { openSocket, sendOver } from './socket.ts';

const firstPauseMs = 20;
const longestPauseMs = 500;
/** A server that does not even listen has died, and its kernels with it; that it only starts anew is told by one who has none. */
const comebackMs = 3000;
const ended = 'was ended in its server';
const died = 'died, and its server has not said why';
/** What the library takes for the session of the kernel: it gives up what it hasn't handled yet when that changes. */
const oneSession = 'kernel';

export interface ServerChannelsOptions {
  api: ServerApi;
  kernelId: string;
  /** Called once, when the kernel is gone or out of reach for good: how, as in `Death`. */
  onLost(how: string): void;
  warn(message: string, error: unknown): void;
}

/** A kernel's messages over the WebSocket of its server. One that breaks is made again, and cells are told. */
export class ServerChannels implements MessageChannels {
  listener: (message: Message) => void = () => {};
  readonly #options: ServerChannelsOptions;
  /** The server keeps what it could not send for a client that comes back with the same. */
  readonly #session = randomUUID();
  readonly #cells = new PendingCells();
  readonly #closing = new AbortController();
  #socket: WebSocket | undefined;
  #opened = Promise.withResolvers<void>();
  #waiting: Message[] = [];
  /** Asked after a break: its answer says that cells sent before are over. */
  #probe = { id: '', cells: [] as string[] };
  /** Of the kernel: another one means that it was started again. */
  #kernelSession: string | undefined;
  #warned = false;

  constructor(options: ServerChannelsOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Settles when it is connected: at once, when it is; never, when the kernel is lost. */
  get connected(): Promise<void> {
    return this.#opened.promise;
  }

  /** Connects for the first time. @throws ApiError `KERNEL_SERVER_UNREACHABLE`, `KERNEL_SERVER_REFUSED`; Error when the kernel is gone */
  async open(signal: AbortSignal): Promise<void> {
    await this.#connect(AbortSignal.any([signal, this.#closing.signal]));
  }

  send(message: Message): void {
    if (!this.#socket) {
      this.#waiting.push(message);
      return;
    }
    this.#cells.sent(message);
    sendOver(this.#socket, message);
  }

  close(): void {
    this.listener = () => {};
    this.#closing.abort();
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  /** Looks whether the kernel is there: a server tells nobody that it has ended one. */
  async look(): Promise<void> {
    const isThere = await this.#options.api.has(this.#options.kernelId).catch(() => true);
    if (!isThere && !this.#closing.signal.aborted) this.#lose(ended);
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { api, kernelId } = this.#options;
    const until = performance.now() + comebackMs;
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
      // It may have been called off while the server started the kernel.
      signal.throwIfAborted();
      try {
        const socket = await openSocket(api.server, kernelId, this.#session, {
          message: (message) => this.#take(message),
          signal,
          unreadable: (error) => this.#warnOnce(error),
        });
        if (signal.aborted) socket.terminate();
        signal.throwIfAborted();
        return this.#connected(socket);
      } catch (error) {
        signal.throwIfAborted();
        await this.#checkKernel(performance.now() > until ? error : undefined);
      }
      await delay(pause, undefined, { signal, ref: false });
    }
  }

  #connected(socket: WebSocket): void {
    this.#socket = socket;
    this.#opened.resolve();
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#opened = Promise.withResolvers<void>();
      for (const message of this.#cells.broken()) this.#deliver(message);
      void this.#reconnect();
    });
    for (const message of this.#waiting.splice(0)) this.send(message);
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closing;
    try {
      await this.#connect(signal);
      this.#ask();
    } catch (error) {
      const how = error instanceof KernelGone ? ended : `was lost: ${(error as Error).message.replace(/\.$/, '')}`;
      if (!signal.aborted) this.#lose(how);
    }
  }

  /** @throws what it comes to when the kernel is gone, or when `error` was the last that patience allows */
  async #checkKernel(error: unknown): Promise<void> {
    const { api, kernelId } = this.#options;
    let isThere: boolean;
    try {
      isThere = await api.has(kernelId);
    } catch (cause) {
      if (error || !isUnreachable(cause)) throw cause;
      return;
    }
    if (!isThere) throw new KernelGone();
    if (error) throw refused(api.server, `has the kernel, but lets nobody talk to it: ${(error as Error).message}`);
  }

  #take(message: Message): void {
    const { header, channel } = message;
    const state = header.msg_type === 'status' && (message.content as { execution_state?: unknown }).execution_state;
    const isReply = channel === 'shell';
    // Said by the server, when it has missed the kernel's process.
    if (
      state === 'restarting' ||
      state === 'autorestarting' ||
      state === 'dead' ||
      (isReply && this.#isAnother(message))
    )
      this.#lose(died);
    // A kernel's last words, when somebody else ends it or starts it again.
    if (channel === 'iopub' && (header.msg_type as string) === 'shutdown_reply') this.#lose(ended);
    if (state === 'starting' && this.#kernelSession) this.#ask();
    this.#cells.received(message);
    if (parentIdOf(message) !== this.#probe.id) this.#deliver(message);
    else if (isReply) for (const lost of this.#cells.lost(this.#probe.cells)) this.#deliver(lost);
  }

  #deliver(message: Message): void {
    message.header.session = oneSession;
    try {
      this.listener(message);
    } catch (error) {
      this.#warnOnce(error);
    }
  }

  /** True for a reply of a kernel that was started anew: its session is its own, where it doesn't give back the request's. */
  #isAnother({ header, parent_header: parent }: Message): boolean {
    if ('session' in parent && parent.session === header.session) return false;
    const last = this.#kernelSession;
    this.#kernelSession = header.session;
    return last !== undefined && last !== header.session;
  }

  /** Kernels answer in order: with the answer to this, whatever was sent before is over. */
  #ask(): void {
    const request = kernelInfoRequest('shell', this.#session);
    this.#probe = { id: request.header.msg_id, cells: this.#cells.ids() };
    this.send(request);
  }

  /** What comes afterwards is another kernel's. */
  #lose(how: string): void {
    this.close();
    this.#options.onLost(how);
  }

  #warnOnce(error: unknown): void {
    // What a cell can do, it can do a million times.
    if (!this.#warned) this.#options.warn(`a message from kernel ${this.#options.kernelId} could not be read`, error);
    this.#warned = true;
  }
}

/** The server has no such kernel any more. */
class KernelGone extends Error {
  constructor() {
    super('The kernel server has ended the kernel.');
  }
}
