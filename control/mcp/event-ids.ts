import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';

/** Which event of which call a client has seen last. */
export interface EventPlace {
  exchange: string;
  number: number;
  /** So that a client that comes back to a server that knows nothing of the call can be answered. */
  requestId: RequestId;
  /** It was the answer: nothing comes after it. */
  isLast: boolean;
}

const shape = /^([\da-f-]{36})\.(\d{1,9})([.!])([\w-]{1,200})$/;

/** An event's id, which says all that there is to know of its place. */
export function eventId({ exchange, number, requestId, isLast }: EventPlace): string {
  return `${exchange}.${number}${isLast ? '!' : '.'}${Buffer.from(JSON.stringify(requestId)).toString('base64url')}`;
}

/** What an id says; undefined for one that was never given out. */
export function placeIn(id: string): EventPlace | undefined {
  const [, exchange, number, mark, request] = shape.exec(id) ?? [];
  if (exchange === undefined) return undefined;
  try {
    const requestId: unknown = JSON.parse(Buffer.from(request!, 'base64url').toString());
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return undefined;
    return { exchange, number: Number(number), requestId, isLast: mark === '!' };
  } catch {
    return undefined;
  }
}

/** One server-sent event, as MCP frames a message. */
export function eventText(message: JSONRPCMessage, id?: string): string {
  return `event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`;
}
