import type { IncomingMessage } from 'node:http';
import type { Control } from './control.ts';
import { Client } from './http.ts';
import { saidIn } from './said.ts';

/** What every sandbox here is made from. */
export const image = 'cubby/jupyter:latest';

export interface SandboxLimits {
  cpu: string;
  memory: string;
}

/** A sandbox as a client of control sees it: everything goes through real HTTP on loopback. */
export class Sandbox {
  readonly id: string;
  /** Calls its agent, through control. */
  readonly agent: Client;
  /** The header that opens the agent, to talk to it directly as well. */
  readonly access: Record<string, string>;
  readonly #lifecycle: Client;
  readonly #signal: AbortSignal;

  private constructor(
    id: string,
    lifecycle: Client,
    agent: Client,
    access: Record<string, string>,
    signal: AbortSignal,
  ) {
    this.id = id;
    this.agent = agent;
    this.access = access;
    this.#lifecycle = lifecycle;
    this.#signal = signal;
  }

  /** Makes one and asks where its agent is, as a client has to before it can do anything with it. */
  static async create(control: Control, signal: AbortSignal, limits?: SandboxLimits, idle?: object): Promise<Sandbox> {
    const lifecycle = new Client(control.url, { 'open-sandbox-api-key': control.apiKey });
    const json = {
      image: { uri: image },
      timeout: 3600,
      resourceLimits: limits ?? { cpu: '1', memory: '1Gi' },
      entrypoint: ['sleep', 'infinity'],
      ...(idle && { idle }),
    };
    const { id } = await lifecycle.json<{ id: string }>('POST', '/v1/sandboxes', { json, signal });
    const path = `/v1/sandboxes/${id}/endpoints/44772`;
    const { endpoint, headers } = await lifecycle.json<Endpoint>('GET', path, { signal });
    return new Sandbox(id, lifecycle, new Client(`http://${endpoint}`, headers), headers, signal);
  }

  /** Removes it; control does so at the end of everything with those that are left. */
  async remove(): Promise<void> {
    this.agent.close();
    // Not ended by the user's Ctrl-C: it is what comes after that.
    await this.#lifecycle.text('DELETE', `/v1/sandboxes/${this.id}`, { signal: AbortSignal.timeout(60_000) });
    this.#lifecycle.close();
  }

  /** Runs a command until its stream of events has ended. @throws Error when its exit code isn't 0 */
  async run(command: string): Promise<void> {
    ended(await this.agent.text('POST', '/command', { json: { command }, signal: this.#signal }));
  }

  /** Makes a context for Python, with a kernel of its own. */
  async context(): Promise<{ id: string }> {
    return this.agent.json('POST', '/code/context', { json: { language: 'python' }, signal: this.#signal });
  }

  /** Runs a cell until its stream of events has ended. Returns what it said: its output, then its result. @throws Error when it failed */
  async cell(code: string, context: object): Promise<string> {
    const events = await this.agent.text('POST', '/code', { json: { code, context }, signal: this.#signal });
    ended(events);
    return saidIn(events);
  }

  /** Starts a command whose events are read by the caller. */
  start(command: string): Promise<IncomingMessage> {
    return this.agent.open('POST', '/command', { json: { command }, signal: this.#signal });
  }
}

interface Endpoint {
  endpoint: string;
  headers: Record<string, string>;
}

/** @throws Error when the last of these events is not that everything went well */
export function ended(events: string): void {
  const last = events.slice(events.lastIndexOf('\n', events.length - 3) + 1);
  if (!last.includes('"type":"execution_complete"'))
    throw new Error(`it did not end well: ${last.trim().slice(-1000)}`);
}
