import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { Contexts } from '../../../agent/code/contexts.ts';
import { codeRoutes } from '../../../agent/code/routes.ts';
import { Kernels } from '../../../agent/kernels/kernels.ts';
import { kernelRoutes } from '../../../agent/kernels/routes.ts';
import { sandboxKernelServer } from '../../../agent/kernels/server/sandbox-server.ts';
import { bundleJavascriptKernel } from '../../../agent/pack/javascript-kernel.ts';
import { Processes } from '../../../agent/processes/processes.ts';
import { resolveUser } from '../../../agent/users/passwd.ts';
import { loadRights } from '../../../agent/users/rights.ts';
import { renderProblems } from '../../../shared/http/problems.ts';
import { endStreamsOnClose } from '../../../shared/http/stream.ts';
import { validatorCompiler } from '../../../shared/http/validation.ts';
import { rightsAddon } from '../../support/pack.ts';
import { CodeClient } from './code-client.ts';

export { until } from '../../support/until.ts';

const root = join(import.meta.dirname, '../../..');

/** An interpreter that has ipykernel. */
export const python = process.env.CUBBY_TEST_PYTHON ?? '/usr/bin/python3';

export interface SandboxOptions {
  /** Whom kernels run as, as in USER. Default: whoever runs the tests. */
  user?: string;
  historyBytes?: number;
  /** False: no kernel is a fork. */
  zygotes?: boolean;
  /** Modules that forks have imported. */
  preloads?: string[];
  /** So many kernels wait for the next contexts. */
  spares?: number;
  /** Further variables of the sandbox's environment. */
  environ?: Record<string, string>;
  /** Gets what goes to the log; otherwise that is printed. */
  warn?(message: string, error?: unknown): void;
  /** Further kernelspecs by name. */
  specs?: Record<string, object | string>;
}

/** What one sandbox has on disk: a spool, a workspace, a place for kernelspecs. */
export interface SandboxDisk {
  dir: string;
  init: string;
  /** In the environment of everything that is started in it. */
  mark: string;
}

/**
 * Makes the disk of a sandbox. When the test ends `close` is called, and then nothing that was started in it may run any more.
 */
export function makeDisk(
  t: TestContext,
  specs: Record<string, object | string> = {},
  close: () => Promise<unknown> = async () => {},
): SandboxDisk {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-k-'));
  chmodSync(dir, 0o755);
  for (const folder of ['spool', 'launchers', 'work']) mkdirSync(join(dir, folder));
  chmodSync(join(dir, 'spool'), 0o711);
  chmodSync(join(dir, 'work'), 0o777);
  for (const name of readdirSync(join(root, 'agent/kernels/python')))
    if (name.endsWith('.py')) copyFileSync(join(root, 'agent/kernels/python', name), join(dir, 'launchers', name));
  copyFileSync(join(root, 'agent/kernels/java/Cells.java'), join(dir, 'launchers/Cells.java'));
  bundleJavascriptKernel(join(dir, 'launchers'));
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  for (const [name, spec] of Object.entries({ python3: { argv, language: 'python' }, ...specs })) {
    mkdirSync(join(dir, 'jupyter/kernels', name), { recursive: true });
    writeFileSync(join(dir, 'jupyter/kernels', name, 'kernel.json'), JSON.stringify(spec));
  }
  const mark = randomUUID();
  t.after(async () => {
    await close();
    const left = runningWith(mark);
    const inSpool = readdirSync(join(dir, 'spool'), { recursive: true });
    rmSync(dir, { recursive: true, force: true });
    assert.deepEqual(left, [], 'nothing that the test started may be left');
    assert.deepEqual(inSpool, [], 'the spool has to be empty');
  });
  return { dir, init: initProgram(dir), mark };
}

function tell(message: string, error?: unknown): void {
  if (error) console.error(message, error);
}

/** The code routes on a disk, listening. */
export async function serve(disk: SandboxDisk, options: SandboxOptions = {}) {
  const { user, historyBytes = 64 * 1024 * 1024, zygotes = true, preloads = [], spares = 0, warn = tell } = options;
  const { environ = {} } = options;
  loadRights(rightsAddon);
  // A client whose stream was left opens a connection in advance, which a server's end would wait for.
  const app = fastify({ forceCloseConnections: true }) as unknown as FastifyInstance;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'RUNTIME_ERROR' });
  endStreamsOnClose(app);
  const spool = join(disk.dir, 'spool');
  const caller = resolveUser(user ?? String(process.getuid!()))!;
  const surroundings = {
    environ: {
      // Tests may put programs there that hide those of the machine.
      PATH: `${join(disk.dir, 'bin')}:${process.env.PATH}`,
      HOME: join(disk.dir, 'work'),
      JUPYTER_PATH: join(disk.dir, 'jupyter'),
      CUBBY_TEST_MARK: disk.mark,
      ...environ,
    },
    keepHome: true,
    caller: () => caller,
  };
  const processes = new Processes({ spool, init: disk.init, ringBytes: 1024 * 1024, noCapabilities: false });
  const kernels = new Kernels({
    ...surroundings,
    processes,
    spool,
    launchers: join(disk.dir, 'launchers'),
    node: [process.execPath],
    workdir: join(disk.dir, 'work'),
    callerGraceMs: 10_000,
    zygotes,
    preloads,
    spares,
    serverPatienceMs: 2000,
    server: () => sandboxKernelServer(surroundings.environ),
    warn,
  });
  const outputBytes = 128 * 1024 * 1024;
  const contexts = new Contexts({
    ...surroundings,
    kernels,
    historyBytes,
    outputBytes,
    workdir: join(disk.dir, 'work'),
  });
  app.addHook('onClose', async () => processes.close());
  codeRoutes(app, { contexts });
  kernelRoutes(app, { kernels });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, address };
}

/** A sandbox with nothing but code cells; its kernels end with the test. */
export async function startSandbox(t: TestContext, options: SandboxOptions = {}): Promise<CodeClient & SandboxDisk> {
  const disk = makeDisk(t, options.specs, () => app.close());
  const { app, address } = await serve(disk, options);
  return Object.assign(new CodeClient(address), disk);
}

/** Names of the directories that kernels have in the spool. */
export function kernelsOf({ dir }: SandboxDisk): string[] {
  return readdirSync(join(dir, 'spool')).filter((id) => existsSync(join(dir, 'spool', id, 'kernel.json')));
}

export function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function runningWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const marked = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
        return marked ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
}

/** The one in the pack that `npm test` has built; without a pack it is compiled. */
function initProgram(dir: string): string {
  // In a place where every user can get to it, as in a sandbox.
  const init = join(dir, 'init');
  const packed = join(root, '.pack/current/init');
  if (existsSync(packed)) copyFileSync(packed, init);
  else execFileSync('sh', [join(root, 'agent/init/build.sh'), init]);
  return init;
}
