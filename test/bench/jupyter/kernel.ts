import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decode, encode, type Message, subprotocol } from './message.ts';

/** A cell whose end was lost is waited for so long after the last that came of it. */
const quietMs = 20_000;

/** Nobody will ever say that the cell is over. */
export class LostEnd extends Error {
  constructor() {
    super('the end of the cell was lost');
  }
}

/** A kernel of a Jupyter Server, with the least of a client: one cell at a time. */
export class JupyterKernel {
  readonly id: string;
  readonly #socket: WebSocket;
  readonly #session = randomUUID();
  #take: (message: Message) => void = () => {};

  private constructor(id: string, socket: WebSocket) {
    this.id = id;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(decode(data)));
  }

  /** Connects through the server's socket at `path`. What is sent from then on reaches the kernel, and what it says comes. */
  static async connect(path: string, id: string, headers: Record<string, string>): Promise<JupyterKernel> {
    const url = `ws+unix:${path}:/api/kernels/${id}/channels`;
    const socket = new WebSocket(url, [subprotocol], { headers, perMessageDeflate: false });
    await once(socket, 'open');
    return new JupyterKernel(id, socket);
  }

  /** Runs a cell until its reply and its end are there. Returns what it said: its output, then its result. @throws LostEnd, Error */
  async cell(code: string, signal: AbortSignal): Promise<string> {
    const id = randomUUID();
    const seen = new Set<string>();
    let said = '';
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const gone = () => reject(signal.reason ?? new Error('the Jupyter Server has closed the connection'));
    const quiet = setTimeout(() => reject(new LostEnd()), quietMs);
    this.#take = ({ parent, header, content }) => {
      if (parent.msg_id !== id) return;
      quiet.refresh();
      if (header.msg_type === 'stream' && content.name === 'stdout') said += content.text;
      if (header.msg_type === 'execute_result') said += (content.data as Record<string, string>)['text/plain'];
      if (header.msg_type === 'error') reject(new Error(`${content.ename}: ${content.evalue}`));
      if (header.msg_type === 'execute_reply') seen.add('reply');
      if (header.msg_type === 'status' && content.execution_state === 'idle') seen.add('idle');
      if (seen.size === 2) resolve();
    };
    this.#socket.once('close', gone);
    signal.addEventListener('abort', gone);
    try {
      this.#socket.send(encode({ ...this.#request(id), content: { code, silent: false, allow_stdin: false } }));
      await promise;
      return said;
    } finally {
      clearTimeout(quiet);
      this.#socket.off('close', gone);
      signal.removeEventListener('abort', gone);
      this.#take = () => {};
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #request(id: string): Omit<Message, 'content'> {
    const header = {
      msg_id: id,
      msg_type: 'execute_request',
      session: this.#session,
      username: '',
      version: '5.3',
      date: new Date().toISOString(),
    };
    return { channel: 'shell', header, parent: {} };
  }
}
