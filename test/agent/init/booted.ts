import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { until } from '../../support/until.ts';

/** What test/programs/relay.cjs says of how it was started. */
export interface Facts {
  pid: number;
  env: Record<string, string>;
  cwd: string;
  /** What its descriptors lead to. */
  open: string[];
}

/** One life of the agent, done by the test. */
export class AgentLife {
  readonly facts: Facts;
  readonly #socket: Socket;
  readonly answers: string[] = [];

  constructor(socket: Socket, facts: Facts) {
    this.#socket = socket;
    this.facts = facts;
  }

  say(bytes: string): void {
    this.#socket.write(bytes);
  }

  /** Says a line and waits for as many answers as there are lines in it. */
  async ask(line: string): Promise<string> {
    const before = this.answers.length;
    this.say(`${line}\n`);
    await until(() => this.answers.length > before, `init answers ${line.slice(0, 40)}`);
    return this.answers[before]!;
  }
}

export interface BootOptions {
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Runs init as PID 1 of a new namespace. */
  alone?: boolean;
}

/** `init boot` with a pack whose agent is the test itself. */
export class Booted {
  readonly dir = mkdtempSync(join(tmpdir(), 'cubby-boot-'));
  readonly child: ChildProcess;
  /** Every life of the agent so far. */
  readonly lives: AgentLife[] = [];
  stdout = '';
  stderr = '';
  readonly #server: Server;
  readonly #closed: Promise<unknown>;

  private constructor(init: string, entrypoint: string[], { args = [], env = {}, cwd, alone }: BootOptions) {
    const socket = join(this.dir, 'test.sock');
    this.#server = createServer((connection) => this.#welcome(connection)).listen(socket);
    const command = [init, 'boot', '--pack', this.#makePack(), '--setting', `TEST_SOCKET=${socket}`, ...args];
    if (alone) command.unshift('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
    const [program, ...rest] = [...command, '--', ...entrypoint];
    this.child = spawn(program!, rest, {
      env: { PATH: process.env.PATH, ...env },
      cwd: cwd ?? '/',
      // The last one is somebody else's file, which nothing that init starts may have.
      stdio: ['pipe', 'pipe', 'pipe', 'ignore', openSync(import.meta.filename, 'r')],
    });
    this.#closed = once(this.child, 'close');
    this.child.stdout!.on('data', (data) => {
      this.stdout += data;
    });
    this.child.stderr!.on('data', (data) => {
      this.stderr += data;
    });
  }

  static start(t: TestContext, init: string, entrypoint: string[], options: BootOptions = {}): Booted {
    const booted = new Booted(init, entrypoint, options);
    t.after(() => booted.#end());
    return booted;
  }

  /** Waits for the n-th life of the agent. */
  async agent(life = 1): Promise<AgentLife> {
    await until(() => this.lives.length >= life, `agent ${life} has come`);
    return this.lives[life - 1]!;
  }

  /** Waits until init has ended and all of its output was read; its exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    await this.#closed;
    return this.child.exitCode ?? this.child.signalCode!;
  }

  get #isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The real loader, the Node of this test, and a relay to this test: the command line of a real pack. */
  #makePack(): string {
    const pack = join(this.dir, 'pack');
    for (const name of ['lib', 'bin']) mkdirSync(join(pack, name), { recursive: true });
    symlinkSync(globSync(['/lib64/ld-linux-*', '/lib/ld-linux-*'])[0]!, join(pack, 'lib/ld.so'));
    symlinkSync(process.execPath, join(pack, 'bin/node'));
    copyFileSync(join(import.meta.dirname, '../../programs/relay.cjs'), join(pack, 'agent.cjs'));
    return pack;
  }

  #welcome(connection: Socket): void {
    let life: AgentLife | undefined;
    // Tests kill agents, and a line reader passes errors of its input on.
    const ignore = () => {};
    const lines = createInterface({ input: connection.on('error', ignore) }).on('error', ignore);
    lines.on('line', (line) => {
      if (life) life.answers.push(line);
      else {
        life = new AgentLife(connection, JSON.parse(line) as Facts);
        this.lives.push(life);
      }
    });
  }

  async #end(): Promise<void> {
    // Before the entrypoint runs SIGTERM ends init itself.
    if (!this.#isOver) this.child.kill('SIGTERM');
    await this.ended();
    this.#server.close();
    rmSync(this.dir, { recursive: true });
  }
}
