import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Connection, SocketName } from '../jupyter/connection-file.ts';
import { fromFrames, type Message, toFrames } from './frames.ts';
import { Interrupter } from './interrupter.ts';
import type { InputAnswer, Order, Report, Shared } from './messages.ts';
import { Output } from './output-streams.ts';
import { kernelInfo, unasked } from './replies.ts';
import { type Peer, ZmtpSocket } from './zmtp.ts';

interface Request {
  message: Message;
  peer: Peer;
}

/** The thread that speaks Jupyter's protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html). */
export class Protocol {
  readonly #shared: Shared;
  readonly #answers: MessagePort;
  readonly #connection: Connection;
  readonly #session = randomUUID();
  readonly #sockets: Record<SocketName, ZmtpSocket>;
  readonly #heartbeat: ZmtpSocket;
  readonly #output: Output;
  readonly #interrupter: Interrupter;
  /** Cells wait for each other, and for an interrupt that is on its way. */
  #turn: Promise<unknown> = Promise.resolve();
  #cell: { request: Request; id: number; count: number; end: () => void } | undefined;
  /** Whom output belongs to: the cell that runs, or the last one. */
  #parent: Message | undefined;
  /** The other thread waits for input. */
  #isAsked = false;
  #ids = 0;
  #count = 0;

  constructor(shared: Shared, answers: MessagePort) {
    this.#shared = shared;
    this.#answers = answers;
    this.#connection = JSON.parse(readFileSync(shared.connectionFile, 'utf8'));
    const socket = (name: SocketName) =>
      new ZmtpSocket({
        type: name === 'iopub' ? 'PUB' : 'ROUTER',
        endpoint: this.#endpoint(this.#connection[`${name}_port`]),
        onMessage: (frames, peer) => this.#receive(frames, peer),
      });
    this.#sockets = {
      shell: socket('shell'),
      control: socket('control'),
      stdin: socket('stdin'),
      iopub: socket('iopub'),
    };
    this.#heartbeat = new ZmtpSocket({
      type: 'REP',
      endpoint: this.#endpoint(this.#connection.hb_port),
      onMessage() {},
    });
    this.#output = new Output(shared.pipes, {
      tell: (name, text) => this.#publish('stream', { name, text }),
      waiting: () => this.#sockets.iopub.waiting,
    });
    this.#interrupter = new Interrupter(() => {
      this.#output.letGo();
      this.#order({ type: 'interrupt', id: this.#cell?.id ?? -1 });
    });
    parentPort!.on('message', (report: Report) => this.#hear(report));
  }

  async listen(): Promise<void> {
    await Promise.all([...Object.values(this.#sockets), this.#heartbeat].map((socket) => socket.listen()));
  }

  #endpoint(port: number): string {
    const { transport, ip } = this.#connection;
    return transport === 'ipc' ? `ipc://${ip}-${port}` : `tcp://${ip}:${port}`;
  }

  #receive(frames: Buffer[], peer: Peer): void {
    const message = fromFrames(frames, this.#connection.key);
    // Whoever has not the key is not answered.
    if (!message) return;
    const request = { message, peer };
    const type = message.header.msg_type;
    if (type === 'input_reply') this.#answer({ text: String(message.content.value ?? '') });
    else if (type === 'execute_request') this.#turn = this.#turn.then(() => this.#execute(request));
    else void this.#around(request, () => this.#serve(request, type));
  }

  async #serve(request: Request, type: string): Promise<void> {
    if (type === 'interrupt_request') {
      this.#answer({ refused: 'The cell was interrupted.' });
      // The next cell waits until this one has had its effect.
      const interrupted = this.#cell ? this.#interrupter.interrupt() : Promise.resolve();
      this.#turn = this.#turn.then(() => interrupted);
      this.#reply(request, 'interrupt_reply', { status: 'ok' });
    } else if (type === 'shutdown_request') {
      this.#reply(request, 'shutdown_reply', { status: 'ok', ...request.message.content });
      this.#order({ type: 'exit' });
    } else if (type === 'kernel_info_request') {
      this.#reply(request, 'kernel_info_reply', kernelInfo(this.#shared.language));
    } else {
      const content = unasked(type, request.message.content);
      if (content) this.#reply(request, type.replace('_request', '_reply'), content);
    }
  }

  async #execute(request: Request): Promise<void> {
    const { code, silent, store_history: stored } = request.message.content;
    await this.#around(request, async () => {
      if (silent !== true && stored !== false) this.#count += 1;
      this.#parent = request.message;
      if (silent !== true) this.#publish('execute_input', { code, execution_count: this.#count });
      await new Promise<void>((end) => {
        this.#cell = { request, id: ++this.#ids, count: this.#count, end };
        this.#order({ type: 'run', id: this.#ids, code: String(code) });
      });
    });
  }

  async #around({ message }: Request, act: () => Promise<void>): Promise<void> {
    this.#publish('status', { execution_state: 'busy' }, message);
    await act();
    this.#publish('status', { execution_state: 'idle' }, message);
  }

  #hear(report: Report): void {
    // What was written before comes before.
    if (report.type !== 'stream') this.#output.flush();
    if (report.type === 'awake') this.#interrupter.heard();
    else if (report.type === 'stream') this.#output.take(report.name, report.bytes);
    else if (report.type === 'display') this.#display(report);
    else if (report.type === 'clear') this.#publish('clear_output', { wait: report.wait });
    else if (report.type === 'input') this.#ask(report.prompt);
    else if (report.type === 'done') this.#done(report);
    else void this.#leave();
  }

  #display({ data, metadata, displayId, isUpdate }: Extract<Report, { type: 'display' }>): void {
    const transient = displayId === undefined ? {} : { display_id: displayId };
    this.#publish(isUpdate ? 'update_display_data' : 'display_data', { data, metadata, transient });
  }

  #done({ id, result, error }: Extract<Report, { type: 'done' }>): void {
    if (!this.#cell || this.#cell.id !== id) return;
    const { request, count, end } = this.#cell;
    this.#cell = undefined;
    const isSilent = request.message.content.silent === true;
    if (result && !isSilent) this.#publish('execute_result', { execution_count: count, data: result, metadata: {} });
    if (error && !isSilent) this.#publish('error', error);
    const rest = { execution_count: count, user_expressions: {}, payload: [] };
    this.#reply(request, 'execute_reply', error ? { status: 'error', ...error, ...rest } : { status: 'ok', ...rest });
    end();
  }

  #ask(prompt: string): void {
    this.#isAsked = true;
    const request = this.#cell?.request;
    const allowed = request?.message.content.allow_stdin === true;
    const content = { prompt, password: false };
    const sent =
      allowed &&
      this.#sockets.stdin.sendTo(request!.peer.identity, this.#frames('input_request', content, request!.message));
    if (!sent) this.#answer({ refused: 'prompt() was called, but nobody can answer: this cell does not allow input.' });
  }

  /** Wakes the thread of cells, which may wait for input. */
  #answer(answer: InputAnswer): void {
    const { flag } = this.#shared;
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#answers.postMessage(answer);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  }

  /** The process is about to end: what its cell has said has to be on its way first. */
  async #leave(): Promise<void> {
    const running = this.#cell;
    if (running) {
      const payload = [{ source: 'ask_exit', keepkernel: false }];
      this.#reply(running.request, 'execute_reply', {
        status: 'ok',
        execution_count: running.count,
        user_expressions: {},
        payload,
      });
      this.#publish('status', { execution_state: 'idle' }, running.request.message);
    }
    const sockets = Object.values(this.#sockets);
    while (sockets.some(({ waiting }) => waiting > 0)) await new Promise((resolve) => setTimeout(resolve, 1));
    Atomics.store(this.#shared.flag, 0, 1);
    Atomics.notify(this.#shared.flag, 0);
  }

  #order(order: Order): void {
    parentPort!.postMessage(order);
  }

  #publish(type: string, content: object, parent: Message | undefined = this.#parent): void {
    this.#sockets.iopub.publish(this.#frames(type, content, parent));
  }

  #reply({ message, peer }: Request, type: string, content: object): void {
    peer.send(this.#frames(type, content, message));
  }

  #frames(type: string, content: object, parent: Message | undefined): Buffer[] {
    const header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: '5.3',
    };
    return toFrames(
      { header, parent_header: parent?.header ?? {}, content: content as Message['content'] },
      this.#connection.key,
    );
  }
}
