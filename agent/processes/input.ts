import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** More than this waits for its process only while whoever gives it waits too. */
const enoughBytes = 256 * 1024;

/** Standard input of a process that has some: what is written is read in its order, as fast as the process reads. */
export class ProcessInput {
  readonly #dir: string;
  #fifo: Socket | undefined;
  #isClosed = false;

  /** `dir`: the process's directory. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Takes bytes, which may not be changed any more. False when nobody reads them: the process closed its input, or has ended. As with
   * any pipe, that may turn out after some were taken.
   */
  write(bytes: Buffer): boolean {
    this.#fifo ??= this.#open();
    this.#fifo?.write(bytes);
    return this.#fifo !== undefined;
  }

  /** Resolves when there is room for more: at once unless much waits. */
  async room(): Promise<void> {
    const fifo = this.#fifo;
    if (!fifo || fifo.writableLength < enoughBytes) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        fifo.off('drain', done).off('close', done);
        resolve();
      };
      fifo.once('drain', done).once('close', done);
    });
  }

  /** What waits still is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#fifo?.destroy();
    this.#fifo = undefined;
  }

  #open(): Socket | undefined {
    if (this.#isClosed) return undefined;
    try {
      const fd = openSync(join(this.#dir, 'input'), constants.O_WRONLY | constants.O_NONBLOCK);
      const fifo = new Socket({ fd, readable: false, writable: true });
      return fifo.unref().once('error', () => this.close());
    } catch {
      // Nobody reads it, or there is no descriptor left: in either case the bytes go nowhere.
      return undefined;
    }
  }
}
