import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { StreamEvent } from '../api/events.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server is closing: every open stream ends by it. */
    closing: AbortSignal;
  }
}

/** One server-sent event: `id:` where there is a number to come back with, then the event as one line of JSON. */
export function frame(event: StreamEvent, id?: number | string): string {
  const json = escapeLineEnds(JSON.stringify(event));
  return id === undefined ? `data: ${json}\n\n` : `id: ${id}\ndata: ${json}\n\n`;
}

/** Escapes the line ends that JSON leaves as they are and that some clients' line readers (httpx among them) split at. */
export function escapeLineEnds(json: string): string {
  return json.replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Lets `sendEventStream` end its streams when the app closes. Register it once, before the routes. */
export function endStreamsOnClose(app: FastifyInstance): void {
  const closing = new AbortController();
  // Every open stream listens to it.
  setMaxListeners(0, closing.signal);
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => closing.abort());
}

/**
 * Answers with a stream of server-sent events. `source` gets a signal that is aborted when the client went away or the server
 * closes, and has to end by it; it yields frames, several in one chunk where it can. The response ends when it ends.
 *
 * The signal comes from the response's `close`, since Fastify's own request.signal aborts soon after a POST body was read
 * (fastify#4690); the connection is not kept alive, since a kept one holds up the server's close.
 */
export function sendEventStream(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<string | Buffer>,
): FastifyReply {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, reply.server.closing]);
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-cache')
    .header('x-accel-buffering', 'no')
    .header('connection', 'close')
    .send(Readable.from(source(signal), { objectMode: false, highWaterMark: 256 * 1024 }));
}
