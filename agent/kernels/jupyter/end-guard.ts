import { randomUUID } from 'node:crypto';
import type { Message } from './wire.ts';

/** Long enough for a kernel that gets a tenth of a processor, counted in steps, so that one late timer is not taken for silence. */
const quietMs = 4000;
const steps = 8;

interface Pending {
  request: Message;
  replied: boolean;
  idle: boolean;
  /** Steps since the last message about it. */
  quiet: number;
}

/**
 * A cell is over when its reply and its `idle` were seen, and either can be lost: the one when a kernel drops what it
 * publishes, the other when an error or an interrupt hits the kernel itself. When one came and then nothing, this makes up the other
 * and says so, so that no cell lasts for ever.
 */
export class EndGuard {
  readonly #deliver: (message: Message) => void;
  readonly #pending = new Map<string, Pending>();
  #timer: NodeJS.Timeout | undefined;

  /** `deliver` takes what is made up, as if the kernel had sent it. */
  constructor(deliver: (message: Message) => void) {
    this.#deliver = deliver;
  }

  /** To be told of every message to the kernel. */
  sent(message: Message): void {
    if (message.header.msg_type !== 'execute_request') return;
    this.#pending.set(message.header.msg_id, { request: message, replied: false, idle: false, quiet: 0 });
  }

  /** To be told of every message from the kernel. */
  received(message: Message): void {
    const id = 'msg_id' in message.parent_header ? message.parent_header.msg_id : '';
    const pending = this.#pending.get(id);
    if (!pending) return;
    pending.quiet = 0;
    if (message.channel === 'shell') pending.replied = true;
    if (message.header.msg_type === 'status' && field(message, 'execution_state') === 'idle') pending.idle = true;
    if (pending.replied && pending.idle) this.#pending.delete(id);
    else if (pending.replied || pending.idle) this.#timer ??= setInterval(() => this.#step(message), quietMs / steps);
    if (this.#pending.size === 0) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #step(like: Message): void {
    for (const [id, pending] of this.#pending) {
      if ((!pending.replied && !pending.idle) || ++pending.quiet < steps) continue;
      this.#pending.delete(id);
      const make = (channel: 'shell' | 'iopub', type: string, content: object) =>
        this.#deliver({
          channel,
          header: { ...like.header, msg_id: randomUUID(), msg_type: type as Message['header']['msg_type'] },
          parent_header: pending.request.header,
          metadata: {},
          content: content as Message['content'],
        });
      if (pending.replied) {
        make('iopub', 'stream', {
          name: 'stderr',
          text: 'The kernel did not say that this cell’s output is complete; some of it may be missing.\n',
        });
        make('iopub', 'status', { execution_state: 'idle' });
      } else {
        const evalue = 'The kernel ended the cell without saying how.';
        make('shell', 'execute_reply', { status: 'error', ename: 'KernelGaveNoReply', evalue, traceback: [] });
      }
    }
    if (this.#pending.size === 0) this.close();
  }
}

function field(message: Message, name: string): unknown {
  return (message.content as Record<string, unknown>)[name];
}
