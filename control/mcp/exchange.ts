import { randomUUID } from 'node:crypto';
import type { EventId, EventStore, JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';
import { type EventPlace, eventId, eventText } from './event-ids.ts';

/** Messages kept of one call: the answer, and the newest of its progress. */
const mostMessages = 50;
const encoder = new TextEncoder();

export interface ExchangeOptions {
  /** Whose call it is: no other session of no other workspace is given its answer. */
  owner: string;
  requestId: RequestId;
  /** How long the call goes on without anybody who reads. */
  graceMs: number;
  /** How long its answer is kept for somebody who comes back. */
  keptMs: number;
  /** Ends the call. */
  end(): void;
  /** Its answer is there, and nobody reads it: it is kept for a client that may come back. */
  kept(exchange: Exchange): void;
  /** It need not be known any longer. */
  forget(exchange: Exchange): void;
}

/** One call of a client whose protocol lets it come back after a lost connection: what was said to it, until it has it. */
export class Exchange implements EventStore {
  readonly id = randomUUID();
  readonly #options: ExchangeOptions;
  readonly #messages: { number: number; message: JSONRPCMessage; isLast: boolean }[] = [];
  #number = 0;
  #readers = 0;
  #isCancelled = false;
  #timer: NodeJS.Timeout | undefined;
  #news = Promise.withResolvers<void>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  get owner(): string {
    return this.#options.owner;
  }

  get requestId(): RequestId {
    return this.#options.requestId;
  }

  /** Whether its answer waits for a client that may come back. */
  get isKept(): boolean {
    return this.isAnswered && this.#readers === 0;
  }

  get isAnswered(): boolean {
    return this.#messages.at(-1)?.isLast ?? false;
  }

  /** Part of the SDK's port: what is sent to the client gets a name that it can come back with. */
  async storeEvent(_stream: string, message: JSONRPCMessage): Promise<EventId> {
    const number = this.#number++;
    const isLast = 'id' in message && ('result' in message || 'error' in message);
    // An empty one only tells the client that it may come back.
    if ('jsonrpc' in message) this.#messages.push({ number, message, isLast });
    if (this.#messages.length > mostMessages) this.#messages.shift();
    this.#news.resolve();
    this.#news = Promise.withResolvers();
    if (isLast && this.#readers === 0) this.#wait();
    return eventId({ exchange: this.id, number, requestId: this.requestId, isLast });
  }

  /** Part of the SDK's port, and never asked for: who comes back comes to `follow`. */
  async replayEventsAfter(): Promise<string> {
    throw new Error('an exchange is followed, not replayed');
  }

  /** What the SDK answers the call with, looked after: who drops it may come back for a while. */
  first(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    return this.#watched({
      next: async () => (await reader.read()).value,
      left: () => void reader.cancel().catch(() => undefined),
    });
  }

  /** Everything after an event, up to the answer. */
  follow({ number: after }: EventPlace): ReadableStream<Uint8Array> {
    let last = after;
    return this.#watched({
      next: async () => {
        for (;;) {
          const found = this.#messages.find(({ number }) => number > last);
          if (found) {
            last = found.number;
            const id = eventId({ ...found, exchange: this.id, requestId: this.requestId });
            return encoder.encode(eventText(found.message, id));
          }
          if (this.isAnswered || this.#isCancelled) return undefined;
          await this.#news.promise;
        }
      },
      left: () => undefined,
    });
  }

  /** Ends the call; nobody is told of it any more. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#isCancelled = true;
    // Who has come back to it waits for nothing any more.
    this.#news.resolve();
    this.#options.end();
    this.#options.forget(this);
  }

  #watched(source: { next(): Promise<Uint8Array | undefined>; left(): void }): ReadableStream<Uint8Array> {
    this.#readers++;
    clearTimeout(this.#timer);
    return new ReadableStream(
      {
        pull: async (controller) => {
          const chunk = await source.next();
          if (chunk) return controller.enqueue(chunk);
          controller.close();
          this.#readers--;
          this.#options.end();
          this.#options.forget(this);
        },
        cancel: () => {
          this.#readers--;
          source.left();
          if (this.#readers === 0) this.#wait();
        },
      },
      // Nothing is read ahead: what was read is with the client's connection.
      { highWaterMark: 0 },
    );
  }

  /** Nobody reads: the call, or its answer, waits for its client a while. */
  #wait(): void {
    const { graceMs, keptMs } = this.#options;
    clearTimeout(this.#timer);
    // Without an event's id it has nothing to come back with.
    if (this.#number === 0) this.cancel();
    else this.#timer = setTimeout(() => this.cancel(), this.isAnswered ? keptMs : graceMs).unref();
    if (this.isKept) this.#options.kept(this);
  }
}
