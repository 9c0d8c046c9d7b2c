import { Worker } from 'node:worker_threads';

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const pattern = new RegExp(workerData);
parentPort.on('message', (lines) => parentPort.postMessage(lines.map((line) => pattern.test(line))));
`;

/** Matches lines in a thread, so that an expression that takes for ever holds up nobody. */
export class LineThread {
  readonly #worker: Worker;

  constructor(pattern: string) {
    this.#worker = new Worker(program, { eval: true, workerData: pattern, stderr: true });
    // Whoever waits is told; afterwards nobody does.
    this.#worker.on('error', () => {});
  }

  /** Which of the lines match; undefined: that took longer than `ms`, and the thread is of no use any more. */
  async matches(lines: string[], ms: number): Promise<boolean[] | undefined> {
    const { promise, resolve } = Promise.withResolvers<boolean[] | undefined>();
    const timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
    const lost = () => resolve(undefined);
    this.#worker.once('message', resolve).once('exit', lost);
    this.#worker.postMessage(lines);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#worker.off('message', resolve).off('exit', lost);
    }
  }

  close(): void {
    void this.#worker.terminate();
  }
}
