import type { FastifyReply } from 'fastify';
import { ReaderGone } from './stream.ts';

/**
 * A signal for work whose answer is one document: aborted when the client has gone before it had the answer, or the server closes.
 * Fastify's own request.signal aborts soon after a POST body was read (fastify#4690).
 */
export function callerGone({ raw, server }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const left = () => {
    if (!raw.writableFinished) gone.abort(new ReaderGone());
  };
  raw.once('close', left);
  if (raw.closed) left();
  return AbortSignal.any([gone.signal, server.closing]);
}
