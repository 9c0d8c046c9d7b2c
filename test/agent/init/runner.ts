import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { EndStatus } from '../../../agent/processes/status.ts';
import { statusOf } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { OutputReader } from './output-reader.ts';

export interface RunOptions {
  /** Options of `init run` other than --dir. */
  args?: string[];
  env?: Record<string, string>;
  /** Where its directory is made. */
  spool?: string;
  /** Who its directory belongs to. */
  owner?: [uid: number, gid: number];
  /** Arguments before `run`, where the program is not init itself but something that execs it. */
  before?: string[];
}

/** One `init run` and its directory. The test that started it ends it, and fails if anything of it is left. */
export class Runner {
  readonly dir: string;
  readonly child: ChildProcess;
  /** Pid of the command. */
  pid = 0;

  private constructor(init: string, command: string[], options: RunOptions) {
    const { args = [], env = {}, spool, owner, before = [] } = options;
    this.dir = mkdtempSync(join(spool ?? tmpdir(), 'cubby-run-'));
    if (owner) chownSync(this.dir, ...owner);
    this.child = spawn(init, [...before, 'run', '--dir', this.dir, ...args, '--', ...command], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Starts a command and waits until it is `ready`. @throws Error with what the program said instead */
  static async start(t: TestContext, init: string, command: string[], options: RunOptions = {}): Promise<Runner> {
    const runner = new Runner(init, command, options);
    t.after(() => runner.end());
    const [said, error] = await Promise.all([text(runner.child.stdout!), text(runner.child.stderr!)]);
    const pid = /^ready (\d+)\n$/.exec(said)?.[1];
    if (pid === undefined) throw new Error(`${said}${error}`);
    runner.pid = Number(pid);
    return runner;
  }

  /** Writes one line to its FIFO; false when there is no runner any more. */
  tell(line: string): boolean {
    let fd: number | undefined;
    try {
      fd = openSync(join(this.dir, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, `${line}\n`);
      return true;
    } catch (error) {
      // It may also go between the opening and the writing.
      if (['ENXIO', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Writes to its input as much as fits now, and says how many bytes that were; undefined when nobody reads it any more. */
  type(bytes: string | Buffer): number | undefined {
    const data = Buffer.from(bytes);
    let fd: number | undefined;
    let done = 0;
    try {
      fd = openSync(join(this.dir, 'input'), constants.O_WRONLY | constants.O_NONBLOCK);
      while (done < data.length) done += writeSync(fd, data, done, Math.min(4096, data.length - done));
      return done;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return done;
      if (code === 'ENXIO' || code === 'EPIPE') return undefined;
      throw error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  get hasEnded(): boolean {
    return existsSync(join(this.dir, 'status'));
  }

  async status(): Promise<EndStatus> {
    await until(() => this.hasEnded, 'the command has ended');
    return JSON.parse(readFileSync(join(this.dir, 'status'), 'utf8')) as EndStatus;
  }

  /** All output there is now. */
  output(): { stdout: string; stderr: string } {
    const reader = new OutputReader(this.dir);
    const records = reader.all();
    reader.close();
    const stream = (number: number) =>
      Buffer.concat(records.filter((record) => record.stream === number).map((record) => record.payload)).toString();
    return { stdout: stream(1), stderr: stream(2) };
  }

  /** Waits for text on standard output. */
  says(words: string): Promise<void> {
    return until(() => this.output().stdout.includes(words), `the command says ${words}`);
  }

  /** Waits until the runner is at rest: it sleeps for as long as it takes to look a thousand times, and uses no processor meanwhile. */
  async rests(): Promise<void> {
    // Who runs for a moment has been switched to and away from, whatever its state when it is looked at.
    const activity = () =>
      statusOf(this.child.pid!)
        .match(/^(State|.*ctxt_switches):.*$/gm)!
        .join();
    const sleeps = async () => {
      const before = activity();
      if (!/^State:\s+S/.test(before)) return false;
      for (let look = 0; look < 1000; look += 1) {
        if (activity() !== before) return false;
        await setImmediate();
      }
      return true;
    };
    await until(sleeps, 'the runner rests');
  }

  /** Waits until the runner itself has gone, which it does when nothing is left below it. */
  async gone(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  private async end(): Promise<void> {
    if (!existsSync(join(this.dir, 'ctl')) || !this.tell('kill now')) this.child.kill('SIGTERM');
    await this.gone();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}
