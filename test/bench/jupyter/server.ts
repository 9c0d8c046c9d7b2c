import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../http.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Bench } from '../scenario.ts';
import { JupyterKernel } from './kernel.ts';

/** In the sandbox. */
const gate = '/tmp/jupyter.gate';
const socket = '/tmp/jupyter.sock';
const headers = { authorization: 'token bench' };

/**
 * The usual way to run cells: a Jupyter Server in the container, with Debian's defaults, history in the kernels included, except
 * that nothing is cut: as it comes it drops what a cell says beyond 1000 messages or 1 MB a second.
 *
 * Everything is in its favour. It is reached over a unix socket, as over TCP it makes a cell wait 40 ms for the other side's
 * acknowledgement. Its client runs outside the container, whose processor it has no part of, and has neither control nor any
 * other program before the socket.
 */
const program =
  `exec jupyter-server --allow-root --ServerApp.sock=${socket} --IdentityProvider.token=bench ` +
  // Version 2 also takes the names that these had in ServerApp, but 0, its default there, is then no change.
  '--ZMQChannelsWebsocketConnection.limit_rate=False';

export class JupyterServer {
  readonly #root: string;
  readonly #client: Client;
  readonly #signal: AbortSignal;
  readonly #gate: FileHandle;

  private constructor(root: string, gate: FileHandle, signal: AbortSignal) {
    this.#root = root;
    this.#gate = gate;
    this.#client = new Client(this.#socketPath, { host: 'localhost', ...headers });
    this.#signal = signal;
  }

  /** Has everything ready for a start but the start, so that the way in which it is started takes no part in what that takes. */
  static async prepare(sandbox: Sandbox, { engine, signal }: Bench): Promise<JupyterServer> {
    await sandbox.run(`mkfifo ${gate}`);
    const json = { command: `read go < ${gate}; ${program}`, background: true };
    await sandbox.agent.text('POST', '/command', { json, signal });
    const { State } = await engine.containerOf(sandbox.id, signal);
    const root = `/proc/${State.Pid}/root`;
    return new JupyterServer(root, await openWhenAwaited(root + gate, signal), signal);
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    await this.#gate.write('\n');
    for (;;) {
      const connection = connect(this.#socketPath);
      try {
        await once(connection, 'connect');
        return;
      } catch {
        await delay(2, undefined, { signal: this.#signal });
      } finally {
        connection.destroy();
      }
    }
  }

  /** Starts a kernel and connects to it, which the server allows when the kernel answers. */
  async kernel(): Promise<JupyterKernel> {
    const json = { name: 'python3' };
    const { id } = await this.#client.json<{ id: string }>('POST', '/api/kernels', { json, signal: this.#signal });
    return JupyterKernel.connect(this.#socketPath, id, headers);
  }

  /** Ends a kernel. */
  async end(kernel: JupyterKernel): Promise<void> {
    kernel.close();
    await this.#client.text('DELETE', `/api/kernels/${kernel.id}`, { signal: this.#signal });
  }

  /** Ends the connections to it; it ends with its sandbox. */
  async close(): Promise<void> {
    this.#client.close();
    await this.#gate.close();
  }

  get #socketPath(): string {
    return this.#root + socket;
  }
}

/** Opens a named pipe for writing once somebody waits for what is written. */
async function openWhenAwaited(path: string, signal: AbortSignal): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await delay(5, undefined, { signal });
    }
  }
}
