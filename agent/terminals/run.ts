import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessInput } from '../processes/input.ts';
import { afterLiving } from '../processes/living.ts';
import type { RunningProcess } from '../processes/process.ts';
import type { RunRecord } from './records.ts';

/** How far a program may write ahead of its reader: little, so that what is on the screen is what happens. */
const aheadBytes = 128 * 1024;

/** One life of a terminal's shell: from the connection that found none to its exit. */
export class Run {
  readonly process: RunningProcess;
  readonly record: RunRecord;
  readonly input: ProcessInput;
  readonly #graceMs: number;
  readonly #toldFile: string;
  #isTold = false;
  #callOffGrace = () => {};

  /** `graceMs`: how long a reader that is gone still holds the program back, so that it can come back and miss nothing. */
  constructor(process: RunningProcess, record: RunRecord, graceMs: number) {
    this.process = process;
    this.record = record;
    this.input = new ProcessInput(process.dir);
    this.#graceMs = graceMs;
    this.#toldFile = join(process.dir, 'told');
    void process.ended.then(() => this.input.close());
    // Held from its start, or by the client of an earlier agent: somebody has to come for it in time.
    if (process.ring.state().hold !== undefined) this.release();
  }

  get isRunning(): boolean {
    return this.process.look() === undefined;
  }

  /** True when its end was told to whoever typed into it; a new agent knows that too. */
  get isTold(): boolean {
    this.#isTold ||= existsSync(this.#toldFile);
    return this.#isTold;
  }

  /** To be called when its end was told. */
  tellNoMore(): void {
    this.#isTold = true;
    try {
      writeFileSync(this.#toldFile, '');
    } catch {
      // No room in the spool, or deleted meanwhile: at worst it is told once more.
    }
  }

  /** Bytes that the terminal has put out up to now, or had when this run ended. */
  get offset(): number {
    const { stdout, stderr } = this.process.ring.state();
    return this.record.base + (this.process.look()?.position ?? stdout + stderr);
  }

  /** Lets the program write no further than a little ahead of a reader that has come to this position of the ring. */
  hold(ringPosition: number): void {
    this.#callOffGrace();
    this.process.hold(ringPosition, aheadBytes);
  }

  /** The reader is gone. When no other comes in time the program writes on, and the oldest output is given up for it. */
  release(): void {
    this.#callOffGrace();
    this.#callOffGrace = afterLiving(this.#graceMs, () => this.process.hold(undefined));
  }

  close(): void {
    this.#callOffGrace();
    this.input.close();
    this.process.close();
  }
}

/** Exit code as a shell would have it: 128 and the signal's number where a signal ended it; -1 when nobody saw its end. */
export function exitCode({ process }: Run): number {
  const { code, signal } = process.status ?? { code: -1, signal: 0 };
  return code < 0 && signal > 0 ? 128 + signal : code;
}
