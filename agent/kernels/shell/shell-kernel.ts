import type { Run } from '../../sessions/run.ts';
import type { Session } from '../../sessions/session.ts';
import type { Death } from '../death.ts';
import type { Cell, CellEnd, CellOutcome, Kernel } from '../kernel.ts';
import { tellOutput } from './run-output.ts';

/** What a cell has started ends well within the five seconds after which a time-out ends a kernel: the shell is to outlive it. */
const patience = { term: 300, kill: 700, shell: 4000 };

/**
 * A session of its own as a kernel: each cell is a run. Where a shell ends, the session has another with what can be kept, so
 * that no cell ends the kernel; it is told of on standard error, and by the error of the cell that ended it.
 */
export class ShellKernel implements Kernel {
  readonly lendsVariables = true;
  readonly died: Promise<Death>;
  readonly #session: Session;
  readonly #die: (death: Death) => void;
  #death: Death | undefined;
  #ending: Promise<void> | undefined;
  #isExecuting = false;
  /** Runs that count for nothing. */
  #silent = 0;

  /** One that an earlier agent has left may be at a cell of that one's: nobody waits for what that puts out. */
  constructor(session: Session) {
    this.#session = session;
    const { promise, resolve } = Promise.withResolvers<Death>();
    this.died = promise;
    this.#die = resolve;
    session.current?.hold().release(true);
  }

  get death(): Death | undefined {
    return this.#death;
  }

  get isOccupied(): boolean {
    return !this.#isExecuting && this.#session.current !== undefined;
  }

  /** Settles when it runs no such cell, or has died. */
  get freed(): Promise<unknown> {
    const { current } = this.#session;
    return this.isOccupied && current ? Promise.race([current.ended, this.died]) : Promise.resolve();
  }

  async execute(cell: Cell): Promise<CellEnd> {
    this.#isExecuting = true;
    try {
      const run = await this.#session.run({ command: cell.code.toWellFormed(), lent: cell.variables, hold: true });
      const outcome = await outcomeOf(run, run.number - this.#silent, cell);
      if (cell.isSilent) this.#silent += 1;
      return run.stopReason === 'deleted' ? { death: await this.died } : { outcome };
    } catch (error) {
      if (this.#session.isEnding) return { death: await this.died };
      return { outcome: { count: undefined, error: notRun(error as Error) } };
    } finally {
      this.#isExecuting = false;
    }
  }

  async interrupt(): Promise<void> {
    if (this.#session.current) await this.#session.interrupt(patience);
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    await this.#session.end();
    this.#death ??= { how: 'was ended by the sandbox', lastWords: [] };
    this.#die(this.#death);
    await this.#session.forget();
  }
}

async function outcomeOf(run: Run, count: number, { take }: Cell): Promise<CellOutcome> {
  const say = (text: string) => take({ type: 'stream', name: 'stderr', text: `${text}\n` });
  take({ type: 'begun', count });
  if (run.restarted) say(run.restarted.reason);
  await tellOutput(run, take);
  const { last, notice } = await run.ended;
  // An error says it itself.
  if (notice?.restarted && !last.error) say(notice.restarted.reason);
  return { count, error: last.error };
}

/** Of a cell that the shell never saw, as when there is no room for it. */
function notRun(error: Error): CellOutcome['error'] {
  return { ename: 'CommandExecError', evalue: error.message, traceback: [error.message] };
}
