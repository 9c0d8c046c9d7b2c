import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { TerminalNotice } from '../../../shared/api/terminals.ts';
import { until } from '../../support/until.ts';

/** An agent, wherever it is. */
export interface AgentAddress {
  url: string;
  config: { token: string };
}

/** A frame of output: which channel it came on, where it says that it belongs, and its bytes. */
export interface Output {
  channel: number;
  offset: number | undefined;
  bytes: Buffer;
}

/** Makes a terminal and returns its id. */
export async function createTerminal(agent: AgentAddress, request: object = {}): Promise<string> {
  const response = await fetch(`${agent.url}/pty`, {
    method: 'POST',
    headers: { 'x-execd-access-token': agent.config.token, 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (response.status !== 201) throw new Error(await response.text());
  return ((await response.json()) as { session_id: string }).session_id;
}

/** A WebSocket client of a terminal that keeps what it gets. The test that opened it closes it. */
export class TerminalClient {
  readonly socket: WebSocket;
  readonly frames: Output[] = [];
  readonly notices: TerminalNotice[] = [];
  /** What came before `connected`. */
  replayed: Output | undefined;
  /** Code and reason, once it is closed. */
  closed: { code: number; reason: string } | undefined;

  constructor(t: TestContext, url: string, token: string) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), { headers: { 'x-execd-access-token': token } });
    t.after(() => this.socket.terminate());
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary));
  }

  /** Connects to a terminal and waits until it is `connected`. */
  static async open(t: TestContext, agent: AgentAddress, id: string, query = ''): Promise<TerminalClient> {
    const client = new TerminalClient(t, `${agent.url}/pty/${id}/ws${query}`, agent.config.token);
    await until(() => client.connected !== undefined || client.closed !== undefined, 'the client is connected');
    if (!client.connected) throw new Error(`${JSON.stringify(client.closed)} ${JSON.stringify(client.notices)}`);
    return client;
  }

  get connected(): (TerminalNotice & { type: 'connected' }) | undefined {
    return this.notices.find((notice) => notice.type === 'connected');
  }

  /** Output of one stream, or all there is. */
  output(channel?: number): Buffer {
    const wanted = this.frames.filter((frame) => channel === undefined || frame.channel === channel);
    return Buffer.concat(wanted.map(({ bytes }) => bytes));
  }

  get text(): string {
    return this.output().toString();
  }

  /** Codes of the errors it was told. */
  get errors(): string[] {
    return this.notices.flatMap((notice) => (notice.type === 'error' ? [notice.code] : []));
  }

  type(bytes: string | Buffer): void {
    this.socket.send(Buffer.concat([Buffer.of(0), Buffer.from(bytes)]));
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Waits for output. */
  async sees(what: string | RegExp): Promise<void> {
    const found = () => (typeof what === 'string' ? this.text.includes(what) : what.test(this.text));
    await until(() => found() || this.closed !== undefined, `the client sees ${what}`).catch((error) => {
      throw new Error(`${(error as Error).message}; it saw ${JSON.stringify(this.text.slice(-500))}`);
    });
    if (!found())
      throw new Error(
        `closed before ${what}: ${JSON.stringify(this.text.slice(-500))} ${JSON.stringify(this.notices)}`,
      );
  }

  /** Waits for the end of the shell, and returns its exit code. */
  async exit(): Promise<number> {
    await until(() => this.closed !== undefined, 'the connection is closed');
    const exit = this.notices.find((notice) => notice.type === 'exit');
    if (!exit) throw new Error(`closed without an exit: ${JSON.stringify([this.closed, this.notices])}`);
    return exit.exit_code;
  }

  /** Waits until the server has closed the connection. */
  async gone(): Promise<{ code: number; reason: string }> {
    await until(() => this.closed !== undefined, 'the connection is closed');
    return this.closed!;
  }

  /** Goes without a word. */
  async leave(): Promise<void> {
    if (this.closed) return;
    this.socket.terminate();
    await once(this.socket, 'close');
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.notices.push(JSON.parse(data.toString()));
      return;
    }
    const isReplay = data[0] === 3;
    const offset = isReplay ? Number(data.readBigInt64BE(1)) : undefined;
    const output = { channel: data[0]!, offset, bytes: data.subarray(isReplay ? 9 : 1) };
    if (!this.connected) this.replayed = output;
    this.frames.push(output);
  }
}

/** Asks for a WebSocket that is refused, and returns how. */
export async function refusal(
  agent: AgentAddress,
  path: string,
  headers: Record<string, string> = { 'x-execd-access-token': agent.config.token },
): Promise<{ status: number; body: { code: string; field?: string } }> {
  const socket = new WebSocket(`${agent.url.replace(/^http/, 'ws')}${path}`, { headers });
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode!, body: JSON.parse(text) };
}
