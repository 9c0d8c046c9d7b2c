import type { RequestId } from '@modelcontextprotocol/server';
import { tooMuch } from './answers-kept.ts';
import { type EventPlace, eventText } from './event-ids.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';

/** The calls under way of clients that come back to them, or end them, by requests of their own. */
export class Exchanges {
  readonly #options: Pick<ExchangeOptions, 'graceMs' | 'keptMs'>;
  readonly #known = new Map<string, Exchange>();

  constructor(options: Pick<ExchangeOptions, 'graceMs' | 'keptMs'>) {
    this.#options = options;
  }

  open(call: Pick<ExchangeOptions, 'owner' | 'requestId' | 'end'>): Exchange {
    const exchange = new Exchange({
      ...this.#options,
      ...call,
      kept: () => tooMuch([...this.#known.values()].filter(({ isKept }) => isKept))?.cancel(),
      forget: ({ id }) => void this.#known.delete(id),
    });
    this.#known.set(exchange.id, exchange);
    return exchange;
  }

  /** Ends what a client has asked for by this id, or all that it has asked for. */
  cancel(owner: string, requestId?: RequestId): void {
    // A client without a session can't be told from another of the same workspace.
    if (owner.endsWith('\n')) return;
    for (const exchange of this.#known.values()) {
      if (exchange.owner !== owner) continue;
      if (requestId === undefined || exchange.requestId === requestId) exchange.cancel();
    }
  }

  /** What a client that comes back is to read; undefined: it has all there is. */
  resume(owner: string, place: EventPlace): ReadableStream<Uint8Array> | string | undefined {
    if (place.isLast) return undefined;
    const exchange = this.#known.get(place.exchange);
    return exchange?.owner === owner ? exchange.follow(place) : lost(place);
  }

  close(): void {
    for (const exchange of this.#known.values()) exchange.cancel();
  }
}

/** A result and no error: clients of the SDK's first version take an error for a reason to come back again. */
function lost({ requestId: id }: EventPlace): string {
  const text =
    'The connection was lost during this call, and its answer is not to be had any more: the call was ended, or its answer was not ' +
    'asked for in time, or the server was started anew. Look at what it has done before you call again.';
  const content = [{ type: 'text', text }];
  return eventText({ jsonrpc: '2.0', id, result: { content, isError: true, resultType: 'complete' } });
}
