import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { freePorts } from '../../../../agent/kernels/jupyter/free-ports.ts';
import { python, until } from '../../code/sandbox.ts';

export interface JupyterServer {
  url: string;
  token: string;
  process: ChildProcess;
  /** Ids of the kernels that it has. */
  kernels(): Promise<string[]>;
  /** Pid of the only kernel that it has; one that it has only just forgotten may still be about to end. */
  kernelPid(): Promise<number>;
  /** Asks its API. */
  api(method: string, path: string, body?: object): Promise<Response>;
  kill(): Promise<void>;
}

/** A test, or something else that ends. */
interface Ending {
  after(act: () => Promise<void>): void;
}

export interface JupyterServerOptions {
  token?: string;
  port?: number;
  /** Further arguments. */
  args?: string[];
}

/**
 * A real Jupyter Server on a port of loopback, with files of its own. It ends with the test, and its kernels are gone
 * before: nothing may be left of them.
 */
export async function startJupyterServer(t: Ending, options: JupyterServerOptions = {}): Promise<JupyterServer> {
  const { token = 'the-secret-of-this-server', port = await freePort(), args = [] } = options;
  const dir = mkdtempSync(join(tmpdir(), 'cubby-js-'));
  mkdirSync(join(dir, 'root'));
  const settings = { ip: '127.0.0.1', port, port_retries: 0, token, password: '', root_dir: join(dir, 'root') };
  const child = spawn(
    python,
    [
      ...['-m', 'jupyter_server', '--no-browser', '--allow-root'],
      ...Object.entries(settings).map(([name, value]) => `--ServerApp.${name}=${value}`),
      ...args,
    ],
    { env: { PATH: process.env.PATH, HOME: dir, TMPDIR: dir }, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let log = '';
  child.stderr!.on('data', (data) => {
    log += data;
  });
  const url = `http://127.0.0.1:${port}/`;
  const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
  const api = (method: string, path: string, body?: object) =>
    fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  t.after(async () => {
    await kill();
    // Kernels end by themselves when their server is gone, within seconds.
    await until(() => pidsWith(dir).length === 0, 'nothing of the server is left');
    rmSync(dir, { recursive: true, force: true });
  });
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the server ended: ${log}`);
    return api('GET', 'api').then(
      ({ ok }) => ok,
      () => false,
    );
  }, 'the server answers');
  return {
    url,
    token,
    process: child,
    api,
    kill,
    kernels: () => listKernels(api),
    kernelPid: async () => {
      const ids = await listKernels(api);
      const pids = pidsWith(dir).filter((pid) => commandLine(pid).includes(`kernel-${ids[0]}.json`));
      if (ids.length !== 1 || pids.length !== 1) throw new Error(`kernels ${ids} have processes ${pids}`);
      return pids[0]!;
    },
  };
}

/** A server that is just making a kernel answers with an error at times: it is asked again then. */
async function listKernels(api: JupyterServer['api']): Promise<string[]> {
  const answer = await api('GET', 'api/kernels');
  if (answer.status >= 500) {
    await answer.body?.cancel();
    return listKernels(api);
  }
  return ((await answer.json()) as { id: string }[]).map(({ id }) => id);
}

/** One server for all tests of a file: starting one takes seconds. */
export function shareJupyterServer(take: (server: JupyterServer) => void): void {
  const acts: (() => Promise<void>)[] = [];
  before(async () => take(await startJupyterServer({ after: (act) => acts.push(act) })));
  after(async () => {
    for (const act of acts) await act();
  });
}

/** One that nobody gets who asks for any: neither by chance before the server listens, nor while it is being started again. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

function pidsWith(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`HOME=${home}`))
    .map(Number);
}

function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
