import { setTimeout as delay } from 'node:timers/promises';
import type { KernelConnection } from '@jupyterlab/services';
import { ApiError } from '../../../shared/api/errors.ts';
import { afterLiving } from '../../processes/living.ts';
import { type Death, oomKills } from '../death.ts';
import { adoptionMs } from '../jupyter/adoption.ts';
import { connectServices } from '../jupyter/jupyterlab.ts';
import { LateOutput } from '../jupyter/late-output.ts';
import { nudge } from '../jupyter/nudge.ts';
import { runCell } from '../jupyter/run-cell.ts';
import type { Cell, CellEnd, Kernel } from '../kernel.ts';
import { changeDirectory } from './change-directory.ts';
import type { ServerKernelRecord } from './records.ts';
import { isUnreachable, type ServerApi, type ServerSession } from './server-api.ts';
import { ServerChannels } from './server-channels.ts';

/** A kernel that starts from a cold disk with a tenth of a processor takes some of it. */
const patienceMs = 60_000;
/** What came before the news of a kernel's end is on its way through the library. */
const drainMs = 25;
/** How often a server is asked whether it still has a kernel; most of what becomes of one is told without. */
const lookMs = 10_000;
/** While a server starts a kernel again that has died, it fails to end it. */
const endTries = 120;
const endPauseMs = 250;

export interface ServerKernelOptions {
  api: ServerApi;
  /** With its session. */
  record: ServerKernelRecord;
  /** Gives up. */
  signal: AbortSignal;
  warn(message: string, error: unknown): void;
  /** Removes what is kept of it. */
  discard(record: ServerKernelRecord): void;
}

/** A kernel that a Jupyter Server in the sandbox has started, and looks after. */
export class ServerKernel implements Kernel {
  readonly died: Promise<Death>;
  readonly #options: ServerKernelOptions;
  readonly #channels: ServerChannels;
  readonly #lost = Promise.withResolvers<string>();
  readonly #oomBefore = oomKills();
  readonly #removed: Promise<void>;
  #connection: KernelConnection | undefined;
  #late: LateOutput | undefined;
  #death: Death | undefined;
  #isOccupied = false;
  #freed: Promise<unknown> = Promise.resolve();
  #wasBusy = false;

  private constructor(options: ServerKernelOptions) {
    this.#options = options;
    const { api, record, warn } = options;
    this.#channels = new ServerChannels({
      api,
      kernelId: sessionOf(record).kernelId,
      onLost: (how) => this.#lost.resolve(how),
      warn,
    });
    this.died = this.#lost.promise.then((how) => this.#onLost(how));
    this.#removed = this.died.then(() => this.#remove());
  }

  /** Waits until a kernel that was just started answers. @throws ApiError `KERNEL_DIED`, …; the kernel has ended then */
  static async start(options: ServerKernelOptions): Promise<ServerKernel> {
    const kernel = new ServerKernel(options);
    await kernel.#orEnd(async () => {
      const connection = await kernel.#connect('shell');
      const { spec, context } = options.record;
      await changeDirectory(connection, spec.language, context.cwd);
    });
    return kernel;
  }

  /** Takes over a kernel that an earlier agent had started; it may still run a cell for that one. @throws as `start` */
  static async adopt(options: ServerKernelOptions): Promise<ServerKernel> {
    const kernel = new ServerKernel(options);
    await kernel.#orEnd(async () => {
      const asked = performance.now();
      const connection = await kernel.#connect('control');
      const patienceMs = adoptionMs(performance.now() - asked);
      kernel.#isOccupied = true;
      // The connection's first question is answered once that cell is done: at once, when there is none.
      kernel.#freed = Promise.race([connection.info.catch(() => {}), kernel.died]).then(() => {
        kernel.#isOccupied = false;
      });
      await Promise.race([kernel.#freed, delay(patienceMs, undefined, { ref: false })]);
    });
    return kernel;
  }

  get death(): Death | undefined {
    return this.#death;
  }

  /** While it can't be reached, nobody knows what it does. */
  get isOccupied(): boolean {
    return !this.#death && (this.#isOccupied || !this.#channels.isConnected);
  }

  get freed(): Promise<unknown> {
    return Promise.race([Promise.all([this.#freed, this.#channels.connected]), this.died]);
  }

  async execute(cell: Cell): Promise<CellEnd> {
    if (!this.#connection || !this.#late || this.#connection.isDisposed) return { death: await this.died };
    const reply = await runCell(this.#connection, cell, this.#late);
    if (!reply) {
      this.#lost.resolve('was given up');
      return { death: await this.died };
    }
    const { outcome, asksExit } = reply;
    if (!asksExit) return { outcome };
    // Its server would start it again.
    this.#lost.resolve('has exited, as its cell asked it to');
    return { outcome, death: await this.died };
  }

  async interrupt(): Promise<void> {
    if (this.#death) return;
    const { api, record, warn } = this.#options;
    try {
      await api.interrupt(sessionOf(record).kernelId);
    } catch (error) {
      // A kernel that is gone, or out of reach, is told of in another way.
      if (!isUnreachable(error)) warn('a kernel could not be interrupted', error);
    }
  }

  async end(): Promise<void> {
    this.#lost.resolve('was ended by the sandbox');
    await this.#removed;
  }

  async #connect(channel: 'shell' | 'control'): Promise<KernelConnection> {
    const { record, signal } = this.#options;
    const failed = new AbortController();
    const callOff = afterLiving(patienceMs, () => failed.abort(diedAtStart(record, 'has not answered in a minute')));
    void this.#lost.promise.then((how) => failed.abort(diedAtStart(record, how)));
    const either = AbortSignal.any([signal, failed.signal]);
    try {
      await this.#channels.open(either);
      await nudge(this.#channels, channel, either);
    } finally {
      callOff();
    }
    this.#connection = connectServices(record.id, record.spec.name, this.#channels, {
      interrupt: () => this.interrupt(),
      shutdown: () => this.end(),
    });
    this.#late = new LateOutput(this.#connection);
    const looking = setInterval(() => void this.#channels.look(), lookMs).unref();
    void this.#lost.promise.then(() => clearInterval(looking));
    return this.#connection;
  }

  async #orEnd(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.end();
      if (error instanceof ApiError) throw error;
      this.#options.signal.throwIfAborted();
      throw diedAtStart(this.#options.record, `failed: ${(error as Error).message}`);
    }
  }

  async #onLost(how: string): Promise<Death> {
    await delay(drainMs);
    const memory = oomKills() > this.#oomBefore ? '; most likely the memory was used up' : '';
    this.#death = { how: how + memory, lastWords: [] };
    this.#wasBusy = this.#connection?.status === 'busy';
    // Ends whatever waits for a reply.
    this.#connection?.handleShutdown();
    this.#channels.close();
    return this.#death;
  }

  /** Ends what the server has of it: it may have started it again. */
  async #remove(): Promise<void> {
    const { api, record, warn, discard } = this.#options;
    const session = sessionOf(record);
    try {
      // A server waits for a kernel that is busy.
      if (this.#wasBusy) await api.interrupt(session.kernelId).catch(() => {});
      let tries = 0;
      while (!(await api.end(session)) && ++tries < endTries) await delay(endPauseMs);
      if (tries === endTries) warn(`kernel ${session.kernelId} could not be ended`, new Error('its server fails to'));
    } catch (error) {
      // A server that is gone has taken its kernels along.
      if (!isUnreachable(error)) warn(`kernel ${session.kernelId} could not be ended`, error);
    }
    discard(record);
  }
}

function sessionOf({ session }: ServerKernelRecord): ServerSession {
  if (!session) throw new Error('a kernel that was never started');
  return session;
}

function diedAtStart({ spec }: ServerKernelRecord, how: string): ApiError {
  return new ApiError('KERNEL_DIED', `The kernel ${spec.name} ${how} when it was started.`);
}
