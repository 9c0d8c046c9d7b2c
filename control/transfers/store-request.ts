import { type ClientRequest, type IncomingMessage, request as plain, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import type { LookupFunction } from 'node:net';
import { ApiError } from '../../shared/api/errors.ts';
import type { Destination } from './destination.ts';

/** A store that neither takes nor gives anything for so long is given up. */
const patienceMs = 60_000;

/** A request to a store, on a connection of its own that leads to where the name was looked up. Redirects are answers. */
export function storeRequest({ url, addresses }: Destination, options: RequestOptions): ClientRequest {
  const lookup: LookupFunction = (_, { all }, done) => {
    if (all) done(null, addresses);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  };
  const send = url.protocol === 'https:' ? secure : plain;
  const request = send(url, { ...options, lookup, agent: false });
  request.setTimeout(patienceMs, () => request.destroy(new Error(`nothing came or went for ${patienceMs / 1000} s`)));
  return request;
}

/** The store's answer. @throws ApiError `STORE_UNREACHABLE` */
export function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve);
  request.on('error', (cause) => reject(unreachable(request, cause)));
  request.once('close', () => reject(unreachable(request, new Error('it broke off without an answer'))));
  return promise;
}

function unreachable({ host }: ClientRequest, cause: NodeJS.ErrnoException): ApiError {
  if (cause instanceof ApiError) return cause;
  // Its reason is lost with the connection when it closes that with bytes unread.
  const closed = ['EPIPE', 'ECONNRESET'].includes(cause.code ?? '');
  const hint = closed
    ? ', as stores may that refuse a file: has the URL expired, or was it signed for another request?'
    : '';
  const message = closed ? 'it broke the connection off' : cause.message;
  return new ApiError('STORE_UNREACHABLE', `${host}: ${message}${hint}`, { cause });
}

/** What a store's refusal is to whoever asked. Its address without the query, which is a secret. */
export function storeRefusal({ url }: Destination, { statusCode, headers }: IncomingMessage, words: string): ApiError {
  const isRedirect = statusCode! >= 300 && statusCode! < 400 && headers.location !== undefined;
  const why = isRedirect ? 'it wants to be asked elsewhere, which is not followed' : words || 'without a word';
  return new ApiError('STORE_REFUSED', `${url.host} answered ${statusCode}: ${why}`);
}
