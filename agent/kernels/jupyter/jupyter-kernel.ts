import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type KernelConnection, KernelMessage } from '@jupyterlab/services';
import { setMark } from '../../processes/marks.ts';
import { type Death, describeDeath, oomKills } from '../death.ts';
import { endTree } from '../end-tree.ts';
import type { Cell, CellEnd, Kernel } from '../kernel.ts';
import type { LaunchedKernel } from '../launch.ts';
import { adoptionMs } from './adoption.ts';
import type { Channels } from './channels.ts';
import { type ConnectOptions, connect, lastWords } from './connect.ts';
import { connectServices } from './jupyterlab.ts';
import { LateOutput } from './late-output.ts';
import { runCell } from './run-cell.ts';

/** What a kernel wrote before it died still comes in; it is over when nothing came for this long. */
const drainQuietMs = 25;
/** What a cell has said is worth more patience: on a machine that has much else to do it is on its way for longer. */
const drainCellMs = 250;
const drainMostMs = 5000;
/** One that was asked to interrupt what runs answers sooner, if at all. */
const interruptMs = 2000;
/** A runner that was stopped is told to go on after so long, and so often. */
const wakeMs = 500;
const wakes = 10;
/** A kernel that was asked to end gets this long for its last acts. */
const shutdownMs = 5000;

/** What a kernel needs of whoever starts it. */
export interface JupyterKernelOptions extends Omit<ConnectOptions, 'channel'> {
  /** Removes what is left of its process. */
  discard(launched: LaunchedKernel): void;
}

/** A kernel that speaks Jupyter's protocol, in a process of ours. */
export class JupyterKernel implements Kernel {
  readonly died: Promise<Death>;
  readonly #launched: LaunchedKernel;
  readonly #discard: (launched: LaunchedKernel) => void;
  readonly #channels: Channels;
  readonly #connection: KernelConnection;
  readonly #late: LateOutput;
  readonly #oomBefore = oomKills();
  #death: Death | undefined;
  #isOccupied = false;
  #freed: Promise<unknown> = Promise.resolve();
  #interrupted = Promise.resolve();
  #ending: Promise<void> | undefined;

  private constructor(launched: LaunchedKernel, channels: Channels, { discard }: JupyterKernelOptions) {
    this.#launched = launched;
    this.#discard = discard;
    this.#channels = channels;
    this.#connection = connectServices(launched.process.id, launched.record.spec.name, channels, {
      interrupt: () => this.interrupt(),
      shutdown: () => this.end(),
    });
    this.#late = new LateOutput(this.#connection);
    this.died = launched.process.ended.then(() => this.#onEnd());
  }

  /** Waits until a kernel that was just launched answers. @throws as `connect`; the process has ended then */
  static async start(launched: LaunchedKernel, options: JupyterKernelOptions): Promise<JupyterKernel> {
    return new JupyterKernel(launched, await connectOrEnd(launched, { ...options, channel: 'shell' }), options);
  }

  /** Takes over a kernel that an earlier agent started; it may still run a cell for that one. @throws as `start` */
  static async adopt(launched: LaunchedKernel, options: JupyterKernelOptions): Promise<JupyterKernel> {
    const asked = performance.now();
    const channels = await connectOrEnd(launched, { ...options, channel: 'control' });
    const patienceMs = adoptionMs(performance.now() - asked);
    const kernel = new JupyterKernel(launched, channels, options);
    kernel.#isOccupied = true;
    // The connection's first question is answered once that cell is done: at once, when there is none.
    kernel.#freed = Promise.race([kernel.#connection.info.catch(() => {}), kernel.died]).then(() => {
      kernel.#isOccupied = false;
    });
    await Promise.race([kernel.#freed, delay(patienceMs, undefined, { ref: false })]);
    return kernel;
  }

  get death(): Death | undefined {
    return this.#death;
  }

  get isOccupied(): boolean {
    return this.#isOccupied;
  }

  get freed(): Promise<unknown> {
    return this.#freed;
  }

  async execute(cell: Cell): Promise<CellEnd> {
    if (this.#connection.isDisposed) return { death: await this.died };
    const reply = await runCell(this.#connection, cell, this.#late);
    if (!reply) {
      // It has died, or it is as good as dead: the library has given it up.
      await endTree(this.#launched.process);
      return { death: await this.died };
    }
    const { outcome, asksExit } = reply;
    return asksExit ? { outcome, death: await this.#exit() } : { outcome };
  }

  interrupt(): Promise<void> {
    const isSignal = this.#launched.record.spec.interruptMode === 'signal';
    this.#interrupted = this.#interrupted.then(async () => {
      if (this.#death || this.#ending) return;
      await (isSignal ? this.#signal() : this.#ask());
    });
    return this.#interrupted;
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #signal(): Promise<void> {
    const { process } = this.#launched;
    process.signal(constants.signals.SIGINT);
    // Orders are obeyed one after the other: when the mark is set, the signal was sent. A runner that was stopped obeys none.
    const sent = setMark(process, process.ring.marks().mark + 1).then(() => true);
    for (let tries = 0; tries < wakes; tries += 1) {
      if (await Promise.race([sent, delay(wakeMs, false, { ref: false })])) return;
      process.wake();
    }
  }

  async #ask(): Promise<void> {
    if (this.#connection.isDisposed) return;
    const future = this.#connection.sendControlMessage(this.#request('interrupt_request', {}), true);
    future.done.catch(() => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    future.onReply = () => resolve();
    // Not every kernel answers.
    await Promise.race([promise, this.died, delay(interruptMs, undefined, { ref: false })]);
  }

  async #end(): Promise<void> {
    const { process } = this.#launched;
    if (!this.#death && this.#connection.status === 'idle') {
      this.#channels.send(this.#request('shutdown_request', { restart: false }));
      await Promise.race([process.ended, delay(shutdownMs, undefined, { ref: false })]);
    }
    await endTree(process);
    await this.died;
    this.#discard(this.#launched);
  }

  /** A cell has called exit(): the kernel ends soon, unless a thread keeps it. */
  async #exit(): Promise<Death> {
    const { process } = this.#launched;
    await Promise.race([process.ended, delay(shutdownMs, undefined, { ref: false })]);
    if (!process.status) await endTree(process);
    return await this.died;
  }

  async #onEnd(): Promise<Death> {
    const { process } = this.#launched;
    const until = performance.now() + drainMostMs;
    const quietMs = this.#connection.status === 'busy' ? drainCellMs : drainQuietMs;
    do await delay(quietMs);
    while (performance.now() - this.#channels.lastAt < quietMs && performance.now() < until);
    this.#death = { how: describeDeath(process.status!, this.#oomBefore), lastWords: lastWords(process) };
    // Ends whatever waits for a reply.
    this.#connection.handleShutdown();
    this.#channels.close();
    // What it started is of no use to anybody.
    void endTree(process);
    return this.#death;
  }

  #request(type: 'interrupt_request' | 'shutdown_request', content: object): KernelMessage.IDebugRequestMsg {
    return KernelMessage.createMessage({
      msgType: type as 'debug_request',
      channel: 'control',
      session: this.#connection.clientId,
      content: content as never,
    });
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
