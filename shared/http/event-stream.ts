import type { FastifyReply } from 'fastify';
import type { StreamEvent } from '../api/events.ts';
import { sendStream } from './stream.ts';

/** One server-sent event: `id:` where there is a number to come back with, then the event as one line of JSON. */
export function frame(event: StreamEvent, id?: number | string): string {
  const json = escapeLineEnds(JSON.stringify(event));
  return id === undefined ? `data: ${json}\n\n` : `id: ${id}\ndata: ${json}\n\n`;
}

/** Escapes the line ends that JSON leaves as they are and that some clients' line readers (httpx among them) split at. */
export function escapeLineEnds(json: string): string {
  return json.replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Answers with a stream of server-sent events; `source` yields frames, several in one chunk where it can. See `sendStream`. */
export function sendEventStream(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<string | Buffer>,
): FastifyReply {
  reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-cache')
    .header('x-accel-buffering', 'no');
  return sendStream(reply, source);
}
