import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import { succeed } from '../control/runtimes/docker/lab.ts';
import { until } from './until.ts';

/** How long a dockerd may take to begin, which ends what an earlier one has left running, and to end. */
const patienceMs = 120_000;

/** A file system for all that an engine keeps. */
export interface EngineDisk {
  /** The storage driver that goes with it. */
  driver: string;
  /** Makes it and mounts it there. What is mounted below an engine's directory is unmounted with it. */
  mount(directory: string): Promise<void>;
}

/** A Docker engine of the test's own beside the machine's, for ending it as the machine's must not be. */
export class OwnEngine {
  /** All that it has is below it. */
  readonly directory: string;
  readonly docker: Docker;
  readonly #driver: string;
  /** Of its default network, which nobody uses. */
  readonly #bridge: string;
  #process: ChildProcess | undefined;

  constructor(directory: string, driver: string) {
    this.directory = directory;
    this.#driver = driver;
    this.#bridge = `ctest-${directory.slice(-6)}`;
    this.docker = new Docker({ socketPath: this.socket });
  }

  get socket(): string {
    return join(this.directory, 'docker.sock');
  }

  /** Makes what it needs of the machine. */
  async prepare(): Promise<void> {
    // Without it the machine's own settings would be read.
    writeFileSync(join(this.directory, 'daemon.json'), '{}');
    await succeed('ip', ['link', 'add', this.#bridge, 'type', 'bridge']);
    await succeed('ip', ['address', 'add', '10.213.255.1/29', 'dev', this.#bridge]);
  }

  /** Returns when it answers; it may do so already. */
  async start(): Promise<void> {
    if (this.#process && !hasEnded(this.#process)) return;
    const log = openSync(join(this.directory, 'log'), 'a');
    const words = [
      ...['--config-file', join(this.directory, 'daemon.json')],
      ...['--data-root', join(this.directory, 'data'), '--exec-root', join(this.directory, 'run')],
      ...['--pidfile', join(this.directory, 'pid'), '--host', `unix://${this.socket}`],
      ...['--storage-driver', this.#driver],
      // Neither docker0 nor none, for which a dockerd takes away the docker0 that there is; as it does for address pools of its own.
      ...['--bridge', this.#bridge],
      ...['--iptables=false', '--ip6tables=false', '--ip-forward=false'],
    ];
    // It ends with this process.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...words], { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#process = child;
    await once(child, 'spawn');
    const answers = () => {
      if (hasEnded(child)) throw new Error(`dockerd did not begin: ${this.#lastWords()}`);
      return this.docker.ping().then(
        () => true,
        () => false,
      );
    };
    await until(answers, 'the engine answers', patienceMs);
  }

  /** SIGTERM is what an administrator's restart says: it ends its containers. SIGKILL leaves them running. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    // The kernel ends its containerd with it; the next dockerd would wait for that one as long as its number is somebody's.
    const containerd = join(this.directory, 'run/containerd/containerd.pid');
    const pid = existsSync(containerd) ? readFileSync(containerd, 'utf8').trim() : '';
    await until(() => !processesNaming(this.directory).includes(pid), 'its containerd has ended');
    rmSync(containerd, { force: true });
  }

  /** Has it know an image of the machine's engine. */
  async load(image: string): Promise<void> {
    const answer = await this.docker.loadImage(await new Docker().getImage(image).get());
    await once(answer.resume(), 'end');
  }

  /** Ends it and all that it has. Gives what is left of it nevertheless, for the test to fail. */
  async remove(): Promise<string[]> {
    try {
      await this.start();
      for (const { Id } of await this.docker.listContainers({ all: true })) {
        await this.docker.getContainer(Id).remove({ force: true, v: true });
      }
      const networks = await this.docker.listNetworks({ filters: { type: ['custom'] } });
      for (const { Id } of networks) await this.docker.getNetwork(Id).remove();
    } finally {
      await this.end('SIGTERM');
    }
    // Those that it sees to by itself end a moment after it.
    const left = () => processesNaming(this.directory);
    await until(() => left().length === 0, 'its processes have ended', 30_000).catch(() => {});
    await succeed('ip', ['link', 'delete', this.#bridge]);
    for (const mount of mountsBelow(this.directory)) await succeed('umount', ['--lazy', mount]);
    const processes = left().map((pid) => `process ${pid}`);
    if (processes.length === 0) rmSync(this.directory, { recursive: true });
    return [...processes, ...mountsBelow(this.directory).map((mount) => `mount ${mount}`)];
  }

  #lastWords(): string {
    return readFileSync(join(this.directory, 'log'), 'utf8').split('\n').slice(-10).join('\n');
  }
}

/** Does work with an engine of its own, of which nothing is left then. `disk`: what its files are kept on, the machine's otherwise. */
export async function withOwnEngine(work: (engine: OwnEngine) => Promise<void>, disk?: EngineDisk): Promise<void> {
  const { DockerRootDir: root, Driver: driver } = (await new Docker().info()) as Record<string, string>;
  // Where the machine's engine has its own, since not every file system is good for layers.
  const directory = mkdtempSync(join(dirname(root!), 'cubby-test-engine-'));
  const engine = new OwnEngine(directory, disk?.driver ?? driver!);
  let left: string[] = [];
  try {
    await engine.prepare();
    await disk?.mount(join(directory, 'data'));
    await engine.start();
    await work(engine);
  } finally {
    left = await engine.remove();
  }
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Numbers of the processes whose command line names a directory. */
function processesNaming(directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
}

/** What is mounted there, the innermost first. */
function mountsBelow(directory: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const targets = lines.flatMap((line) => line.split(' ')[4] ?? []);
  return targets.filter((target) => target.startsWith(`${directory}/`)).reverse();
}
