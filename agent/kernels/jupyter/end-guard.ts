import { randomUUID } from 'node:crypto';
import { kernelInfoRequest } from './nudge.ts';
import type { Message } from './wire.ts';

const stepMs = 500;
/** Long enough for a kernel that gets a tenth of a processor, counted in steps, so that one late timer is not taken for silence. */
const quietSteps = 4;
/** A message of hundreds of megabytes may be on its way for some of it. */
const mostSteps = 60;

interface Pending {
  request: Message;
  replied: boolean;
  idle: boolean;
  /** Steps since the last message about it. */
  quiet: number;
  /** Questions to the kernel: what it publishes of one comes behind all that it has published of the cell. */
  asked: Set<string>;
}

export interface EndGuardOptions {
  /** Sends a message to the kernel. */
  send(message: Message): void;
  /** Takes what is made up, as if the kernel had sent it. */
  deliver(message: Message): void;
}

/**
 * A cell is over when its reply and its `idle` were seen, and either can be lost: the one when a kernel drops what it
 * publishes, the other when an error or an interrupt hits the kernel itself. When one came and then nothing, this makes up the other
 * and says so, so that no cell lasts for ever. That `idle` is lost, and not just behind something large, is known when the kernel
 * publishes something that it was asked for later.
 */
export class EndGuard {
  readonly #options: EndGuardOptions;
  readonly #session = randomUUID();
  readonly #pending = new Map<string, Pending>();
  /** Of the last message from the kernel: what is made up is of the same session, another one would be taken for a new kernel. */
  #header: Message['header'] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EndGuardOptions) {
    this.#options = options;
  }

  /** To be told of every message to the kernel. */
  sent(message: Message): void {
    if (message.header.msg_type !== 'execute_request') return;
    const pending = { request: message, replied: false, idle: false, quiet: 0, asked: new Set<string>() };
    this.#pending.set(message.header.msg_id, pending);
  }

  /** To be told of every message from the kernel. True when it answers a question of this guard’s, and is for nobody else. */
  received(message: Message): boolean {
    const { parent_header: parent } = message;
    if (!('msg_id' in parent)) return false;
    if (parent.session === this.#session) {
      if (message.channel === 'iopub') this.#published(parent.msg_id);
      return true;
    }
    const pending = this.#pending.get(parent.msg_id);
    if (!pending) return false;
    this.#header = message.header;
    pending.quiet = 0;
    if (message.channel === 'shell') pending.replied = true;
    if (message.header.msg_type === 'status' && field(message, 'execution_state') === 'idle') pending.idle = true;
    if (pending.replied && pending.idle) this.#pending.delete(parent.msg_id);
    else if (pending.replied || pending.idle) this.#timer ??= setInterval(() => this.#step(), stepMs);
    if (this.#pending.size === 0) this.close();
    return false;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #step(): void {
    for (const pending of this.#pending.values()) {
      if ((!pending.replied && !pending.idle) || ++pending.quiet < quietSteps) continue;
      if (!pending.replied) this.#makeReply(pending);
      else if (pending.quiet >= mostSteps) this.#makeIdle(pending);
      else this.#ask(pending);
    }
    if (this.#pending.size === 0) this.close();
  }

  /** Each time anew: what it publishes of this may be dropped, too. */
  #ask({ asked }: Pending): void {
    const question = kernelInfoRequest('shell', this.#session);
    asked.add(question.header.msg_id);
    this.#options.send(question);
  }

  #published(id: string): void {
    for (const pending of this.#pending.values()) if (pending.asked.has(id)) this.#makeIdle(pending);
    if (this.#pending.size === 0) this.close();
  }

  #makeIdle({ request }: Pending): void {
    this.#pending.delete(request.header.msg_id);
    const text = 'The kernel did not say that this cell’s output is complete; some of it may be missing.\n';
    this.#make(request, 'iopub', 'stream', { name: 'stderr', text });
    this.#make(request, 'iopub', 'status', { execution_state: 'idle' });
  }

  #makeReply({ request }: Pending): void {
    this.#pending.delete(request.header.msg_id);
    const evalue = 'The kernel ended the cell without saying how.';
    this.#make(request, 'shell', 'execute_reply', {
      status: 'error',
      ename: 'KernelGaveNoReply',
      evalue,
      traceback: [],
    });
  }

  #make(request: Message, channel: 'shell' | 'iopub', type: string, content: object): void {
    this.#options.deliver({
      channel,
      header: {
        ...(this.#header ?? request.header),
        msg_id: randomUUID(),
        msg_type: type as Message['header']['msg_type'],
      },
      parent_header: request.header,
      metadata: {},
      content: content as Message['content'],
    });
  }
}

function field(message: Message, name: string): unknown {
  return (message.content as Record<string, unknown>)[name];
}
