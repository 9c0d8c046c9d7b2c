import { setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server is closing: every open stream ends by it. */
    closing: AbortSignal;
  }
}

/** When the server closes, a client has so long to take what is on its way to it. */
const lastWordsMs = 1000;

/** Lets `sendStream` end its streams when the app closes. Register it once, before the routes. */
export function endStreamsOnClose(app: FastifyInstance): void {
  const closing = new AbortController();
  // Every open stream listens to it.
  setMaxListeners(0, closing.signal);
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => closing.abort());
}

/**
 * Answers with what `source` yields, as it comes. `source` gets a signal that is aborted when the client went away or the server
 * closes, and has to end by it. A chunk is asked for when the one before is with the kernel, so its memory may be used again;
 * a stream of Node's in between would hold many, which a sandbox of 64 MiB hasn't room for. When `source` fails, or ends since the
 * server closes, the connection breaks off, so that the client can tell.
 *
 * The signal comes from the response's `close`, since Fastify's own request.signal aborts soon after a POST body was read
 * (fastify#4690). The connection is kept for the next request, unless the server closes: a kept one would hold that up.
 */
export function sendStream(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<string | Buffer>,
): FastifyReply {
  const { raw } = reply;
  const { closing } = reply.server;
  const gone = new AbortController();
  const { socket } = raw;
  const signal = AbortSignal.any([gone.signal, closing]);
  // One that reads nothing would hold up the server's close for good.
  const cut = () => void setTimeout(() => raw.destroy(), lastWordsMs).unref();
  closing.addEventListener('abort', cut);
  const left = () => {
    closing.removeEventListener('abort', cut);
    gone.abort(over);
    if (closing.aborted) socket?.destroySoon();
  };
  raw.once('close', left);
  if (raw.closed) left();
  reply.hijack();
  raw.writeHead(reply.statusCode, reply.getHeaders() as NodeJS.Dict<string>);
  // HEAD asks what would come: nothing is made for it, and no reader's place is taken by it.
  if (reply.request.method === 'HEAD') {
    raw.end();
    return reply;
  }
  // Node sends the head with the first chunk, which is there by then as a rule: a packet fewer is one less that three programs
  // wake up for. Where it isn't, the head does not wait for it.
  const head = setImmediate(() => {
    if (!raw.writableEnded && !raw.destroyed) raw.flushHeaders();
  });
  pump(source(signal), raw, () => clearImmediate(head))
    .then(() => (signal.aborted ? raw.destroy() : raw.end()))
    .catch((error: unknown) => {
      if (!(error instanceof ReaderGone)) reply.log.warn({ err: error }, 'a stream broke off');
      raw.destroy();
    });
  return reply;
}

async function pump(source: AsyncIterable<string | Buffer>, sink: Writable, onChunk: () => void): Promise<void> {
  for await (const chunk of source) {
    onChunk();
    await written(sink, chunk);
  }
}

/** What a writer gets to know when its reader went away, in whichever way that was found out. */
export class ReaderGone extends Error {
  constructor(cause?: Error) {
    super('The reader went away.', { cause });
    this.name = 'ReaderGone';
  }
}

/** Made once: to abort without a reason makes one with its stack each time. */
const over = new ReaderGone();

/** Waits until bytes are with the kernel and their memory is free again. @throws ReaderGone */
export function written(sink: Writable, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new ReaderGone());
    sink.once('close', gone);
    sink.write(bytes, (error) => {
      sink.off('close', gone);
      if (error) reject(new ReaderGone(error));
      else resolve();
    });
  });
}
