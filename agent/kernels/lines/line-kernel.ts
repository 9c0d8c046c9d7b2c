import { ApiError } from '../../../shared/api/errors.ts';
import { afterLiving } from '../../processes/living.ts';
import type { RunningProcess } from '../../processes/process.ts';
import { type Death, describeDeath, oomKills } from '../death.ts';
import { endTree } from '../end-tree.ts';
import type { Cell, CellEnd, Kernel } from '../kernel.ts';
import { LineCell } from './line-cell.ts';
import { encodeText, type Line, Lines } from './lines.ts';

/** What compiles itself first, with a tenth of a processor, takes some of it. */
const patienceMs = 60_000;

/** A program that runs cells and is talked to in lines, as a kernel. */
export class LineKernel implements Kernel {
  readonly died: Promise<Death>;
  readonly #process: RunningProcess;
  readonly #discard: () => void;
  readonly #lines: Lines;
  readonly #oomBefore = oomKills();
  readonly #answered = Promise.withResolvers<void>();
  readonly #freed = Promise.withResolvers<void>();
  #death: Death | undefined;
  #ending: Promise<void> | undefined;
  #cell: LineCell | undefined;
  #last = 0;
  /** The cell of an earlier agent that it runs. */
  #foreign = 0;

  private constructor(process: RunningProcess, from: number | undefined, discard: () => void) {
    this.#process = process;
    this.#discard = discard;
    this.#lines = new Lines(process, from, {
      hear: (line) => this.#hear(line),
      pause: () => this.#cell?.pause(),
    });
    this.died = process.ended.then(() => this.#onEnd());
  }

  /** Waits until a program that was just launched is ready. @throws ApiError `KERNEL_DIED`; the signal's reason */
  static async start(process: RunningProcess, signal: AbortSignal, discard: () => void): Promise<LineKernel> {
    const kernel = new LineKernel(process, undefined, discard);
    await kernel.#answers(signal);
    return kernel;
  }

  /** Takes over one that an earlier agent started; it may still run a cell for that one. @throws as `start` */
  static async adopt(process: RunningProcess, signal: AbortSignal, discard: () => void): Promise<LineKernel> {
    const kernel = new LineKernel(process, process.ring.state().head, discard);
    kernel.#lines.say('ask');
    await kernel.#answers(signal);
    return kernel;
  }

  get death(): Death | undefined {
    return this.#death;
  }

  get isOccupied(): boolean {
    return this.#foreign !== 0 && !this.#death;
  }

  get freed(): Promise<unknown> {
    return this.isOccupied ? Promise.race([this.#freed.promise, this.died]) : Promise.resolve();
  }

  async execute(cell: Cell): Promise<CellEnd> {
    if (this.#death) return { death: this.#death };
    this.#last += 1;
    const running = new LineCell(this.#last, cell);
    this.#cell = running;
    this.#lines.say('run', running.number, encodeText(cell.code.toWellFormed()));
    cell.take({ type: 'begun', count: running.number });
    const end = await Promise.race([running.ended, this.died]);
    this.#cell = undefined;
    if (!('how' in end)) return end;
    running.end({ death: end });
    return await running.ended;
  }

  async interrupt(): Promise<void> {
    const number = this.#cell?.number ?? this.#foreign;
    if (number) this.#lines.say('interrupt', number);
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    await endTree(this.#process);
    await this.died;
    this.#lines.close();
    this.#discard();
  }

  #hear(line: Line): void {
    const [first, second] = line.rest.map(Number);
    if (line.word === 'state' && first !== undefined && second !== undefined) {
      this.#last = Math.max(this.#last, first);
      this.#foreign = second;
    }
    if (line.word === 'state' || line.word === 'ready') this.#answered.resolve();
    this.#cell?.hear(line);
    if (line.word !== 'end' || first !== this.#foreign) return;
    this.#foreign = 0;
    this.#freed.resolve();
  }

  async #answers(signal: AbortSignal): Promise<void> {
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const late = new ApiError('KERNEL_DIED', `The kernel did not answer within ${patienceMs / 1000} s.`);
    const callOff = afterLiving(patienceMs, () => failed.reject(late));
    const leave = () => failed.reject(signal.reason);
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    void this.died.then(({ how, lastWords }) => {
      const words = lastWords.length > 0 ? ` Its last words: ${lastWords.join('\n')}` : '';
      failed.reject(new ApiError('KERNEL_DIED', `The kernel ${how} when it was started.${words}`));
    });
    try {
      await Promise.race([this.#answered.promise, failed.promise]);
    } catch (error) {
      await this.end();
      throw error;
    } finally {
      callOff();
      signal.removeEventListener('abort', leave);
    }
  }

  async #onEnd(): Promise<Death> {
    await this.#lines.over;
    this.#death = { how: describeDeath(this.#process.status!, this.#oomBefore), lastWords: this.#lines.lastWords };
    // What it started is of no use to anybody.
    void endTree(this.#process);
    return this.#death;
  }
}
