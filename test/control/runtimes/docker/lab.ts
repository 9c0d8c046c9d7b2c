import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import type { DockerOptions } from '../../../../control/runtimes/docker/options.ts';
import type { ContainerSpec } from '../../../../control/runtimes/runtime.ts';
import { engineSocket } from '../../../support/engine.ts';

/** A busybox and nothing else: `images/build.sh busybox`. */
export const busybox = 'cubby/busybox:test';

/**
 * Stands in for the pack: what the runtime does to a container shows in any program. It says how it was called, and
 * waits for `go` as the real one does, before it runs the entrypoint.
 */
const standIn = `#!/bin/sh
trap 'exit 143' TERM
echo "init $*"
while [ "$1" != -- ]; do shift; done
shift
while [ ! -e /.cubby/spool/go ]; do sleep 0.05; done
"$@" &
wait $!
`;

/** One store with a runtime of its own, and what a test wants to know about its sandboxes. */
export interface Lab {
  runtime: DockerRuntime;
  store: string;
  options: DockerOptions;
  /** A sandbox's specification with few limits; `change` over it. */
  spec(id: string, change?: Partial<ContainerSpec>): ContainerSpec;
  /** Makes and starts it. */
  run(id: string, change?: Partial<ContainerSpec>): Promise<void>;
  /** Name of its container. */
  container(id: string): string;
  /** Runs a shell line in it, as root. */
  shell(id: string, line: string): Promise<Outcome>;
  /** One value of what the engine says about it, by a Go template. */
  look(id: string, template: string): Promise<string>;
}

/** How a program ended, and what it said on both streams. */
export interface Outcome {
  code: number;
  output: string;
}

/** A lab that is taken apart after the file's tests; nothing of it may be left then. */
export function openLab(change: Partial<DockerOptions> = {}): () => Promise<Lab> {
  let opened: Promise<Lab> | undefined;
  after(async () => {
    if (opened !== undefined) await close(await opened);
  });
  return () => {
    opened ??= open(change);
    return opened;
  };
}

async function open(change: Partial<DockerOptions>): Promise<Lab> {
  const pack = await mkdtemp(join(tmpdir(), 'cubby-pack-'));
  await writeFile(join(pack, 'init'), standIn);
  await chmod(join(pack, 'init'), 0o755);
  await chmod(pack, 0o755);
  const store = `${randomBytes(4).toString('hex')}-test`;
  const options = { store, pack: { path: pack }, socketPath: engineSocket, ...change };
  const runtime = new DockerRuntime(options);
  await runtime.check();
  const container = (id: string) => `cubby-${store.slice(0, 8)}-${id}`;
  const spec = (id: string, more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    id,
    image: busybox,
    profile: 'standard',
    entrypoint: ['sleep', '1000'],
    env: {},
    keepHome: false,
    user: '',
    workdir: '/',
    token: 'a-token-of-at-least-sixteen-characters',
    limits: { memory: 64 * 1024 * 1024, pids: 64, spool: 4 * 1024 * 1024 },
    network: true,
    mounts: [],
    settings: {},
    ...more,
  });
  return {
    runtime,
    store,
    options,
    spec,
    container,
    run: async (id, more) => {
      await runtime.create(spec(id, more));
      await runtime.start(id);
    },
    shell: (id, line) => program('docker', ['exec', container(id), 'sh', '-c', line]),
    look: async (id, template) =>
      (await succeed('docker', ['inspect', '--format', template, container(id)])).output.trim(),
  };
}

async function close({ runtime, store, options }: Lab): Promise<void> {
  for (const { id } of await runtime.list()) await runtime.remove(id);
  await runtime.removeNetwork();
  if ('path' in options.pack) await rm(options.pack.path, { recursive: true, force: true });
  const left = async (...command: string[]) => (await succeed('docker', command)).output.trim();
  assert.equal(await left('ps', '-aq', '--filter', `label=cubby.store=${store}`), '', 'containers are left');
  assert.equal(await left('ps', '-aq', '--filter', `label=cubby.helper=${store}`), '', 'helper containers are left');
  assert.equal(await left('volume', 'ls', '-q', '--filter', `label=cubby.store=${store}`), '', 'volumes are left');
  assert.equal(await left('network', 'ls', '-q', '--filter', `label=cubby.store=${store}`), '', 'networks are left');
  const { output } = await succeed('nft', ['list', 'tables', 'inet']);
  assert.doesNotMatch(output, new RegExp(store.slice(0, 8)), 'rules of the host are left');
}

/** Runs a program to its end, whatever that is. */
export function program(file: string, args: string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { timeout: 120_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Runs a program that has to succeed. */
export async function succeed(file: string, args: string[], input?: string): Promise<Outcome> {
  const outcome = await program(file, args, input);
  assert.equal(outcome.code, 0, `${file} ${args.join(' ')}: ${outcome.output}`);
  return outcome;
}

/** Looks again and again until there is something, at most a minute long. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < deadline, `waited for ${what}`);
    await setTimeout(20);
  }
}
