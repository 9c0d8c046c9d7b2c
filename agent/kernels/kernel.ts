import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type KernelConnection, KernelMessage } from '@jupyterlab/services';
import type { Channels } from './channels.ts';
import { type ConnectOptions, connect, lastWords } from './connect.ts';
import { type Death, describeDeath, oomKills } from './death.ts';
import { endTree } from './end-tree.ts';
import { connectServices } from './jupyterlab.ts';
import type { LaunchedKernel } from './launch.ts';
import type { Message } from './wire.ts';

/** What a kernel wrote before it died still comes in; it is over when nothing came for this long. */
const drainQuietMs = 25;
const drainMostMs = 5000;
/** An adopted kernel that has not answered by then runs a cell. */
const adoptMs = 1000;
/** A kernel that was asked to end gets this long for its last acts. */
const shutdownMs = 1000;

/** How a cell came to its end: the kernel's reply, or the kernel's death, or both where a cell ends its kernel. */
export interface CellEnd {
  reply?: Record<string, unknown>;
  death?: Death;
}

/** One kernel that answers: runs cells, one at a time, until it dies. */
export class Kernel {
  readonly launched: LaunchedKernel;
  /** Settles once, when it has died and all that it said before was delivered; never rejects. */
  readonly died: Promise<Death>;
  readonly #channels: Channels;
  readonly #connection: KernelConnection;
  readonly #oomBefore = oomKills();
  #death: Death | undefined;
  #isOccupied = false;

  private constructor(launched: LaunchedKernel, channels: Channels) {
    this.launched = launched;
    this.#channels = channels;
    this.#connection = connectServices(launched.process.id, launched.record.spec.name, channels, {
      interrupt: () => this.interrupt(),
      shutdown: () => this.end(),
    });
    this.died = launched.process.ended.then(() => this.#onEnd());
  }

  /** Waits until a kernel that was just launched answers. @throws as `connect`; the process has ended then */
  static async start(launched: LaunchedKernel, options: Omit<ConnectOptions, 'channel'>): Promise<Kernel> {
    return new Kernel(launched, await connectOrEnd(launched, { ...options, channel: 'shell' }));
  }

  /** Takes over a kernel that an earlier agent started; it may still run a cell for that one. @throws as `start` */
  static async adopt(launched: LaunchedKernel, options: Omit<ConnectOptions, 'channel'>): Promise<Kernel> {
    const kernel = new Kernel(launched, await connectOrEnd(launched, { ...options, channel: 'control' }));
    kernel.#isOccupied = true;
    // The connection's first question is answered once that cell is done: at once, when there is none.
    const free = kernel.#connection.info.then(
      () => {
        kernel.#isOccupied = false;
      },
      () => {},
    );
    await Promise.race([free, delay(adoptMs, undefined, { ref: false })]);
    return kernel;
  }

  /** Undefined while it lives. */
  get death(): Death | undefined {
    return this.#death;
  }

  /** True while it runs a cell that nobody here waits for. */
  get isOccupied(): boolean {
    return this.#isOccupied;
  }

  /** Runs a cell; `take` gets what it says meanwhile. Never rejects. */
  async execute(code: string, take: (message: Message) => void): Promise<CellEnd> {
    if (this.#connection.isDisposed) return { death: await this.died };
    const future = this.#connection.requestExecute({
      // Half a character is valid in JSON, and kernels choke on it.
      code: code.toWellFormed(),
      // Nobody can answer a cell that asks: input() fails then, and says so.
      allow_stdin: false,
      stop_on_error: false,
    });
    future.onIOPub = take;
    let reply: Record<string, unknown>;
    try {
      reply = (await future.done).content as unknown as Record<string, unknown>;
    } catch {
      // It has died, or it is as good as dead: the library has given it up.
      await endTree(this.launched.process);
      return { death: await this.died };
    }
    return asksExit(reply) ? { reply, death: await this.#exit() } : { reply };
  }

  /** Interrupts what runs, subprocesses included. A kernel that is idle takes no notice. */
  async interrupt(): Promise<void> {
    const { process, record } = this.launched;
    if (record.spec.interruptMode === 'signal') process.signal(constants.signals.SIGINT);
    else this.#control('interrupt_request', {});
  }

  /** Ends the kernel and everything it started, and returns when nothing is left. */
  async end(): Promise<void> {
    const { process } = this.launched;
    if (!this.#death && this.#connection.status === 'idle') {
      this.#control('shutdown_request', { restart: false });
      await Promise.race([process.ended, delay(shutdownMs, undefined, { ref: false })]);
    }
    await endTree(process);
    await this.died;
  }

  /** A cell has called exit(): the kernel ends soon, unless a thread keeps it. */
  async #exit(): Promise<Death> {
    const { process } = this.launched;
    await Promise.race([process.ended, delay(shutdownMs, undefined, { ref: false })]);
    if (!process.status) await endTree(process);
    return await this.died;
  }

  async #onEnd(): Promise<Death> {
    const { process } = this.launched;
    const until = performance.now() + drainMostMs;
    do await delay(drainQuietMs);
    while (performance.now() - this.#channels.lastAt < drainQuietMs && performance.now() < until);
    this.#death = { how: describeDeath(process.status!, this.#oomBefore), lastWords: lastWords(process) };
    // Ends whatever waits for a reply.
    this.#connection.handleShutdown();
    this.#channels.close();
    // What it started is of no use to anybody.
    void endTree(process);
    return this.#death;
  }

  #control(type: 'interrupt_request' | 'shutdown_request', content: object): void {
    this.#channels.send(
      KernelMessage.createMessage({
        msgType: type as 'debug_request',
        channel: 'control',
        session: this.#connection.clientId,
        content: content as never,
      }),
    );
  }
}

async function connectOrEnd(launched: LaunchedKernel, options: ConnectOptions): Promise<Channels> {
  try {
    return await connect(launched, options);
  } catch (error) {
    await endTree(launched.process);
    throw error;
  }
}

function asksExit(reply: Record<string, unknown>): boolean {
  const payload = Array.isArray(reply.payload) ? reply.payload : [];
  return payload.some((item) => item?.source === 'ask_exit' && !item.keepkernel);
}
