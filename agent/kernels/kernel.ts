import type { Death } from './death.ts';
import type { CellError, Output } from './output.ts';

/** A cell on its way to a kernel. */
export interface Cell {
  code: string;
  /** Gets what it says meanwhile. */
  take(output: Output): void;
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
  /** Runs a cell. Never rejects. */
  execute(cell: Cell): Promise<CellEnd>;
  /** Interrupts what runs, subprocesses included. A kernel that is idle takes no notice. */
  interrupt(): Promise<void>;
  /** Ends the kernel and everything it started, and removes what is left of it. */
  end(): Promise<void>;
}
