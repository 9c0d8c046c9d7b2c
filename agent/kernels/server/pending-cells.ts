import { randomUUID } from 'node:crypto';
import type { Channel, Message } from '../jupyter/wire.ts';

/** The cells that a kernel was sent and has not replied to, and what their readers are told when a connection breaks. */
export class PendingCells {
  readonly #requests = new Map<string, Message>();

  /** To be told of every message to the kernel. */
  sent(message: Message): void {
    if (message.header.msg_type === 'execute_request') this.#requests.set(message.header.msg_id, message);
  }

  /** To be told of every message from the kernel. */
  received(message: Message): void {
    if (message.channel === 'shell') this.#requests.delete(parentIdOf(message) ?? '');
  }

  ids(): string[] {
    return [...this.#requests.keys()];
  }

  /** Tells each that something may be missing from its output. */
  broken(): Message[] {
    const text =
      'The connection to the kernel server broke; some output may be missing from here on, until it is made again.\n';
    return [...this.#requests.values()].map((request) => made(request, 'iopub', 'stream', { name: 'stderr', text }));
  }

  /** Replies in place of the kernel’s to those of the cells that have none: it is never going to come. */
  lost(ids: string[]): Message[] {
    const evalue =
      'The connection to the kernel server broke while the cell ran, and the reply was lost. The kernel is free again.';
    return ids.flatMap((id) => {
      const request = this.#requests.get(id);
      if (!request) return [];
      this.#requests.delete(id);
      return [made(request, 'shell', 'execute_reply', { status: 'error', ename: 'ReplyLost', evalue, traceback: [] })];
    });
  }
}

/** The id of the message that one answers, or belongs to. */
export function parentIdOf({ parent_header: parent }: Message): string | undefined {
  return 'msg_id' in parent ? parent.msg_id : undefined;
}

function made(request: Message, channel: Channel, type: string, content: object): Message {
  const header = { ...request.header, msg_id: randomUUID(), msg_type: type };
  return { channel, header, parent_header: request.header, metadata: {}, content } as unknown as Message;
}
