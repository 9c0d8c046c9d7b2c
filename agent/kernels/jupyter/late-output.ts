import type { KernelConnection } from '@jupyterlab/services';
import type { Output } from '../output.ts';
import { outputOf } from './messages.ts';
import type { Message } from './wire.ts';

/** What is kept while no cell runs, in characters of text; older output is dropped, and that is said. */
const keptLength = 64 * 1024;

/**
 * What cells' threads say after their cell's end: it goes to the cell that runs, else to the next one. Kernels differ in whose they say it
 * is, and nobody else would hear of it.
 */
export class LateOutput {
  readonly #session: string;
  #kept: Output[] = [];
  #length = 0;
  #dropped = 0;
  #taker: { id: string; take(output: Output): void } | undefined;

  constructor(connection: KernelConnection) {
    this.#session = connection.clientId;
    connection.iopubMessage.connect((_, message) => this.#look(message));
  }

  /** From now on the cell with this message id takes it, and what was kept at once. */
  to(id: string, take: (output: Output) => void): void {
    this.#taker = { id, take };
    const kept = this.#kept;
    const dropped = this.#dropped;
    this.#kept = [];
    this.#length = this.#dropped = 0;
    if (dropped > 0) {
      const text = `${dropped} earlier characters of what was said between cells were dropped.\n`;
      take({ type: 'stream', name: 'stderr', text });
    }
    for (const output of kept) take(output);
  }

  /** From now on it is kept for the next cell. */
  keep(): void {
    this.#taker = undefined;
  }

  #look(message: Message): void {
    const parent = message.parent_header;
    // Of other clients' cells, and of those of an agent that is gone, nobody here has asked to hear.
    if (!('msg_id' in parent) || parent.session !== this.#session || parent.msg_id === this.#taker?.id) return;
    const output = outputOf(message);
    if (output?.type !== 'stream' && output?.type !== 'display') return;
    if (this.#taker) this.#taker.take(output);
    else this.#keepOne(output);
  }

  #keepOne(output: Output): void {
    this.#kept.push(output);
    this.#length += lengthOf(output);
    while (this.#length > keptLength) {
      const length = lengthOf(this.#kept.shift()!);
      this.#length -= length;
      this.#dropped += length;
    }
  }
}

function lengthOf(output: Output): number {
  return output.type === 'stream' ? output.text.length : JSON.stringify(output).length;
}
