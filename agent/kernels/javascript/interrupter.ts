import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { setTimeout as delay } from 'node:timers/promises';

/** A thread that is not busy hears of an interrupt sooner. */
const hearMs = 40;

/** Breaks off what the thread of cells does, whatever it is. */
export class Interrupter {
  readonly #session = new Session();
  readonly #call: () => void;
  #heard = () => {};

  /** `call` asks the thread to give up its cell; it answers through `heard` once it gets round to it. */
  constructor(call: () => void) {
    this.#call = call;
    this.#session.connectToMainThread();
  }

  heard(): void {
    this.#heard();
  }

  /** Returns when the thread has heard: only a program in native code that goes on regardless can delay that. */
  async interrupt(): Promise<void> {
    const heard = new Promise<true>((resolve) => {
      this.#heard = () => resolve(true);
    });
    signalDescendants(process.pid);
    this.#call();
    while (!(await Promise.race([heard, delay(hearMs)]))) {
      // It is busy. This comes into the middle of what it runs; should it hit something else meanwhile, it is asked again.
      this.#session.post('Runtime.terminateExecution');
      if (await Promise.race([heard, delay(hearMs)])) return;
      // It may wait for a subprocess that it has started only now.
      signalDescendants(process.pid);
      this.#call();
    }
  }
}

/** What the cell started is interrupted as by Ctrl-C, each process of it: some have left the group. */
function signalDescendants(pid: number): void {
  for (const child of childrenOf(pid)) {
    signalDescendants(child);
    try {
      process.kill(child, 'SIGINT');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    // Children of every thread: those of the main one are listed under it, which has the same number as the process.
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
