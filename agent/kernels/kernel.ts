import type { ContextRecord } from './context-record.ts';
import type { Death } from './death.ts';
import type { CellError, Output } from './output.ts';

/** A cell on its way to a kernel. */
export interface Cell {
  code: string;
  /** Gets what it says meanwhile. */
  take(output: Output): void;
  /** Answers what it asks on its standard input; it may never settle. Without it, asking fails. For kernels that can ask. */
  ask?(question: Question): Promise<string>;
  /** Environment for this cell alone. For kernels that lend variables. */
  variables?: Record<string, string>;
  /** It counts for nothing: it leaves no number and no history. */
  isSilent?: boolean;
}

/** What a cell asks. */
export interface Question {
  prompt: string;
  /** The answer is not to be seen. */
  password: boolean;
}

/** How a cell came to its end: the kernel's word, or the kernel's death, or both where a cell ends its kernel. */
export interface CellEnd {
  outcome?: CellOutcome;
  death?: Death;
}

/** What a kernel said of a cell that is over. `error` may have been an output before. */
export interface CellOutcome {
  count: number | undefined;
  error: CellError | undefined;
}

/** Something that runs cells, one at a time, until it dies. */
export interface Kernel {
  /** Settles once, when it has died and all that it said before was delivered; never rejects. */
  readonly died: Promise<Death>;
  /** Undefined while it lives. */
  readonly death: Death | undefined;
  /** True while it runs a cell that nobody here waits for. */
  readonly isOccupied: boolean;
  /** Settles when it runs no such cell, or has died; never rejects. */
  readonly freed: Promise<unknown>;
  /** It takes a cell's variables, and puts back what there was, however the cell ends. Others are made to by code. */
  readonly lendsVariables?: boolean;
  /** Runs a cell. Never rejects. */
  execute(cell: Cell): Promise<CellEnd>;
  /** Interrupts what runs, subprocesses included, and settles when the kernel has got it. One that is idle takes no notice. */
  interrupt(): Promise<void>;
  /** Ends the kernel and everything it started, and removes what is left of it. Asked again, it waits for the same end. */
  end(): Promise<void>;
}

/** A kernel that an earlier agent has left running. */
export interface LeftKernel {
  context: ContextRecord;
  /** Takes it over. @throws when it does not answer; nothing is left of it then */
  adopt(signal: AbortSignal): Promise<Kernel>;
}
