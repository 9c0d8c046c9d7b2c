import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** A program that was started, as its launcher tells of it. */
export interface Launched {
  /** Undefined: it is ready. Else its words on why it is not. */
  failure: string | undefined;
  /** Settles when it has ended, or when nobody could tell; never rejects. */
  over: Promise<void>;
}

/** Who waits to hear of one. */
interface Listener {
  answer(failure: string | undefined): void;
  over(): void;
}

/** Linux takes no more words and variables, however large the stack may be. */
const mostBytes = 6 * 1024 * 1024;

/**
 * Starts programs by `init launch` (agent/init/PROTOCOL.md): a process forks in the time that its memory takes to be copied, and this one's
 * is large. Whatever it started lives on when this ends.
 */
export class Launcher {
  readonly #init: string;
  #program: Program | undefined;
  #number = 0;

  constructor(init: string) {
    this.#init = init;
  }

  /** Has its program there before it is needed: by then a fork bomb may have left no room for it. */
  prepare(): void {
    this.#current();
  }

  /** Starts `argv` with just this environment, in a session of its own, and waits until it says `ready` or ends. */
  launch(argv: string[], env: Record<string, string>): Promise<Launched> {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const strings = Buffer.from([...argv, ...variables].map((word) => `${word}\0`).join(''));
    if (strings.length > mostBytes) return Promise.resolve({ failure: tooLong, over: Promise.resolve() });
    this.#number = (this.#number % 0xffffffff) + 1;
    const number = this.#number;
    const head = Buffer.alloc(12);
    head.writeUInt32LE(strings.length + 8, 0);
    head.writeUInt32LE(number, 4);
    head.writeUInt32LE(argv.length, 8);
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    return new Promise((resolve) => {
      const { waiting, process } = this.#current();
      waiting.set(number, { answer: (failure) => resolve({ failure, over }), over: end });
      process.stdin?.write(Buffer.concat([head, strings]));
    });
  }

  /** Ends its program. */
  close(): void {
    this.#program?.process.stdin?.destroy();
    this.#program = undefined;
  }

  #current(): Program {
    this.#program ??= start(this.#init, (gone) => {
      if (this.#program === gone) this.#program = undefined;
    });
    return this.#program;
  }
}

/** The program, and who waits to hear of what it was told to start. */
interface Program {
  process: ChildProcess;
  waiting: Map<number, Listener>;
}

/** It keeps nobody alive. `onGone`: it can't be told anything any more. */
function start(init: string, onGone: (program: Program) => void): Program {
  const process = spawn(init, ['launch'], { env: {}, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const program: Program = { process, waiting: new Map() };
  const gone = (why: string) => {
    onGone(program);
    for (const { answer, over } of program.waiting.values()) {
      answer(why);
      over();
    }
    program.waiting.clear();
  };
  process.once('error', (error) => gone(error.message));
  process.once('exit', () => gone('what starts programs has ended'));
  process.unref();
  // There are no streams where there was no descriptor left for them.
  if (process.stdout) createInterface({ input: process.stdout }).on('line', (line) => hear(program, line));
  // What it could not be told is told by its end.
  process.stdin?.on('error', () => {});
  for (const stream of [process.stdin, process.stdout]) (stream as Socket | null)?.unref();
  return program;
}

function hear({ waiting }: Program, line: string): void {
  const [, digits = '', word = '', text = ''] = /^(\d+) (\w+) ?(.*)$/.exec(line) ?? [];
  const number = Number(digits);
  const listener = waiting.get(number);
  if (word === 'ready') listener?.answer(undefined);
  if (word === 'failed') listener?.answer(text);
  if (word === 'over') {
    waiting.delete(number);
    listener?.over();
  }
}

/** What exec says of too much; said here of what is not even tried. */
const tooLong = 'Argument list too long';
