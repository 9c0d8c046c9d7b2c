import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { type Evaluated, Evaluator } from './evaluator.ts';
import { defineGlobals } from './globals.ts';
import type { InputAnswer, Order, Report, Shared } from './messages.ts';
import { toScript } from './source.ts';
import { bundleOf, errorOf, interrupted } from './values.ts';
import { Waits } from './waits.ts';

/** How long the end of the process waits until what was said is on its way. */
const farewellMs = 10_000;
/** A wait is made of pieces, since it can be broken off only in between. */
const pieceMs = 50;

/** The thread that cells run in: the main one, as only that may change directories, and end the process. */
export class Cells {
  readonly #evaluator = new Evaluator();
  readonly #worker: Worker;
  readonly #shared: Shared;
  readonly #answers: MessagePort;
  readonly #waits = new Waits();
  #current: number | undefined;
  #count = 0;

  constructor(shared: Shared, worker: Worker, answers: MessagePort) {
    this.#shared = shared;
    this.#worker = worker;
    this.#answers = answers;
    worker.on('message', (order: Order) => this.#obey(order));
    worker.on('error', (error) => {
      writeSync(2, `${inspect(error)}\n`);
      process.kill(process.pid, 'SIGABRT');
    });
    process.on('exit', () => this.#farewell());
    // What goes wrong after its cell, or beside it, is told and ends nothing.
    process.on('uncaughtException', (error) => {
      process.stderr.write(`Uncaught ${errorOf(error, '').traceback.join('\n')}\n`);
    });
    defineGlobals({ tell: (report) => this.#tell(report), ask: (prompt) => this.#ask(prompt) });
  }

  #tell(report: Report): void {
    this.#worker.postMessage(report);
  }

  #obey(order: Order): void {
    if (order.type === 'run') this.#run(order.id, order.code);
    else if (order.type === 'exit') process.exit();
    else {
      this.#tell({ type: 'awake' });
      if (this.#current !== order.id) return;
      this.#waits.abandon(order.id);
      this.#finish({ error: interrupted(`cell-${this.#count}.js`) });
      this.#evaluator.forget();
    }
  }

  #run(id: number, code: string): void {
    this.#current = id;
    this.#count += 1;
    const name = `cell-${this.#count}.js`;
    const finish = (end: { result?: object; error?: ReturnType<typeof errorOf> }) => {
      if (this.#current === id) this.#finish(end);
    };
    try {
      const script = toScript(code, this.#shared.language);
      const evaluate = () =>
        this.#evaluator.evaluate(`${script}\n//# sourceURL=${name}`, (evaluated) => {
          if (!evaluated) finish({ error: interrupted(name) });
          else void this.#describe(evaluated, name).then(finish, (thrown) => finish({ error: errorOf(thrown, name) }));
        });
      this.#waits.run(id, evaluate);
    } catch (thrown) {
      finish({ error: errorOf(thrown, name) });
    }
  }

  async #describe(evaluated: Evaluated, name: string): Promise<Omit<Extract<Report, { type: 'done' }>, 'type' | 'id'>> {
    if ('thrown' in evaluated) return { error: errorOf(evaluated.thrown, name, evaluated.position) };
    return evaluated.value === undefined ? {} : { result: await bundleOf(evaluated.value) };
  }

  #finish(end: object): void {
    const id = this.#current!;
    this.#current = undefined;
    this.#tell({ type: 'done', id, ...end });
  }

  /** Stops this thread until the other one has an answer. */
  #ask(prompt: string): string {
    const { flag } = this.#shared;
    Atomics.store(flag, 0, 0);
    this.#tell({ type: 'input', prompt });
    while (Atomics.wait(flag, 0, 0, pieceMs) === 'timed-out');
    const answer = receiveMessageOnPort(this.#answers)?.message as InputAnswer | undefined;
    if (answer && 'text' in answer) return answer.text;
    throw new Error(answer?.refused ?? 'nobody answered');
  }

  #farewell(): void {
    const { flag } = this.#shared;
    Atomics.store(flag, 0, 0);
    this.#tell({ type: 'exit' });
    Atomics.wait(flag, 0, 0, farewellMs);
  }
}
