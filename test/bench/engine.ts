import { addAbortListener } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Demultiplexed, Demultiplexer } from './demultiplexer.ts';
import { Client } from './http.ts';

/** What of the engine's word on a container is used here. */
export interface Container {
  Id: string;
  State: { Pid: number };
  Config: Record<string, unknown> & { Env: string[] };
  HostConfig: Record<string, unknown>;
  Mounts: { Destination: string; Source: string }[];
}

/** The engine's API without anything between: the floor that control's figures are held against. */
export class Engine {
  readonly #socketPath: string;
  readonly #client: Client;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#client = new Client(socketPath, { host: 'docker' });
  }

  /** Calls it. @throws Error with its own words when it refuses */
  ask<T>(method: string, path: string, { json, signal }: { json?: object; signal: AbortSignal }): Promise<T> {
    return this.#client.json<T>(method, path, json ? { json, signal } : { signal });
  }

  /** The container of a sandbox, found by the label that says whose it is. */
  async containerOf(sandbox: string, signal: AbortSignal): Promise<Container> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`cubby.sandbox=${sandbox}`] }));
    const [found] = await this.ask<{ Id: string }[]>('GET', `/containers/json?filters=${filters}`, { signal });
    if (!found) throw new Error(`the engine knows no container of sandbox ${sandbox}`);
    return this.ask<Container>('GET', `/containers/${found.Id}/json`, { signal });
  }

  /**
   * Runs a program in a container, attached, until its output has ended and its exit code is known: what any client that is
   * built on `exec` has to do. @throws Error when the exit code isn't 0
   */
  async exec(
    container: string,
    Cmd: string[],
    options: { signal: AbortSignal; output?: Demultiplexed },
  ): Promise<void> {
    const { signal, output = () => {} } = options;
    const json = { AttachStdout: true, AttachStderr: true, Cmd };
    const { Id } = await this.ask<{ Id: string }>('POST', `/containers/${container}/exec`, { json, signal });
    await this.#attach(Id, output, signal);
    for (;;) {
      const path = `/exec/${Id}/json`;
      const { Running, ExitCode } = await this.ask<{ Running: boolean; ExitCode: number }>('GET', path, { signal });
      // It may not know yet that what it attached to has ended.
      if (Running) await delay(1, undefined, { signal });
      else if (ExitCode === 0) return;
      else throw new Error(`${Cmd[0]} in the container ended with ${ExitCode}`);
    }
  }

  async #attach(exec: string, output: Demultiplexed, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify({ Detach: false, Tty: false });
    const { promise, resolve, reject } = Promise.withResolvers<{ socket: Socket; head: Buffer }>();
    // The connection is taken over, as the engine's own client does: no HTTP is left in the way of the bytes.
    request({
      socketPath: this.#socketPath,
      method: 'POST',
      path: `/exec/${exec}/start`,
      headers: {
        host: 'docker',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        connection: 'Upgrade',
        upgrade: 'tcp',
      },
      signal,
    })
      .once('upgrade', (_, socket: Socket, head) => resolve({ socket, head }))
      .once('response', (answer) => reject(new Error(`the engine did not attach: ${answer.statusCode}`)))
      .once('error', reject)
      .end(body);
    const { socket, head } = await promise;
    using _ = addAbortListener(signal, () => socket.destroy(signal.reason));
    const frames = new Demultiplexer(output);
    frames.push(head);
    for await (const chunk of socket) frames.push(chunk);
    frames.end();
  }
}
