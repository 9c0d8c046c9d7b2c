import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { ApiError } from '../api/errors.ts';
import { type Connect, creating } from './connections.ts';
import { endToEndHeaders, type HeaderList } from './headers.ts';

/** Where a request goes on to, and as what. */
export interface Destination {
  /** A pool of connections to the receiver, or a way to make one for this request alone. */
  via: Agent | Connect;
  /** Path and query as they go on the wire, undecoded. */
  path: string;
  /** All fields but those of the body's framing, as `onwardHeaders` gives them. */
  headers: HeaderList;
  /** What the caller is told when the receiver gave no answer. */
  unreachable: (cause: NodeJS.ErrnoException) => ApiError;
  /** The request's body, where it comes through something else first. */
  body?: Readable;
  /** Changes the fields of the answer. */
  answer?: (headers: HeaderList) => HeaderList;
}

/** Headers of an answer may be this long; Node's own 16 KiB are less than what some programs put into cookies. */
const maxHeaderSize = 64 * 1024;
/** How much longer an open exchange may take when the server closes: enough for an answer, not for a stream. */
const closingGraceMs = 1000;
/** A connection of a pool may break as it is taken, and so may the next: so often another is tried. */
const attempts = 3;

/**
 * Sends a request on and its answer back. Bodies are piped both ways unread, with the slower side's speed; what the receiver
 * sends is passed on at once. When either side goes, the other is told. There is no time limit.
 * Returns when the answer has begun. @throws what `destination.unreachable` makes of it when there is none.
 */
export async function forward(
  request: { raw: IncomingMessage },
  reply: FastifyReply,
  destination: Destination,
): Promise<void> {
  const { raw: incoming } = request;
  const { raw: response } = reply;
  endOnClose(reply);
  for (let attempt = 1; ; attempt++) {
    const outgoing = send(incoming, response, destination);
    try {
      const answer = await answerTo(outgoing);
      passOn(answer, response, { ...destination, ours: reply.getHeaders() });
      reply.hijack();
      return;
    } catch (error) {
      outgoing.destroy();
      if (response.destroyed) {
        reply.hijack();
        return;
      }
      if (attempt < attempts && outgoing.reusedSocket && isRepeatable(incoming)) continue;
      await drained(incoming);
      throw destination.unreachable(error as NodeJS.ErrnoException);
    }
  }
}

/** Options that make node:http use the destination's connections. */
export function connection({ via }: Destination) {
  return typeof via === 'function' ? { createConnection: creating(via) } : { agent: via };
}

function send(incoming: IncomingMessage, response: ServerResponse, destination: Destination): ClientRequest {
  const { body = incoming } = destination;
  const outgoing = httpRequest({
    ...connection(destination),
    method: incoming.method,
    path: destination.path,
    headers: [...destination.headers, ...framing(incoming)],
    maxHeaderSize,
  });
  // Without a listener an error ends the process; a receiver may well stop reading after it has answered.
  outgoing.on('error', () => {
    body.unpipe(outgoing);
    body.resume();
  });
  outgoing.on('information', ({ statusCode, headers }) => {
    // To a client of HTTP/1.0 there are no interim answers.
    if (statusCode !== 103 || incoming.httpVersionMinor === 0 || response.headersSent) return;
    try {
      response.writeEarlyHints(headers as Record<string, string>);
    } catch {
      // Node refuses links that aren't spelled right. They are hints; the answer is yet to come.
    }
  });
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  if (hasBody(incoming)) {
    incoming.once('close', () => {
      if (!incoming.complete) outgoing.destroy();
    });
    incoming.once('end', () => outgoing.addTrailers(pairs(incoming.rawTrailers)));
    // One that is not as it should be has no end.
    if (body !== incoming) body.once('error', (error) => outgoing.destroy(error));
    body.pipe(outgoing);
  } else {
    outgoing.end();
  }
  return outgoing;
}

function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
    // Neither comes when the receiver changes to a protocol that nobody asked for.
    outgoing.once('close', () => reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' })));
  });
}

/** Sends an answer on as it comes. `ours` are fields that this program adds, as a request id. */
export function passOn(
  answer: IncomingMessage,
  response: ServerResponse,
  { answer: change = (headers) => headers, ours = {} }: Pick<Destination, 'answer'> & { ours?: NodeJS.Dict<unknown> },
): void {
  const headers = change(endToEndHeaders(answer));
  const theirs = new Set(headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(ours)) if (!theirs.has(name)) headers.push(name, String(value));
  response.writeHead(answer.statusCode!, answer.statusMessage, headers);
  answer.once('end', () => response.addTrailers(pairs(answer.rawTrailers)));
  // The client learns that an answer is not whole by its connection. (stream.pipeline does the same for 40 µs more.)
  answer.once('error', () => response.destroy());
  answer.pipe(response);
  // Node sends the head with the first of the body. Where that doesn't come at once, the head must not wait for it.
  setImmediate(() => {
    if (!answer.readableDidRead && !response.writableEnded && !response.destroyed) response.flushHeaders();
  });
}

function endOnClose({ raw: response, server: { closing } }: FastifyReply): void {
  const end = () => {
    const timer = setTimeout(() => response.destroy(), closingGraceMs);
    response.once('close', () => clearTimeout(timer));
  };
  closing.addEventListener('abort', end, { once: true });
  response.once('close', () => closing.removeEventListener('abort', end));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Content-Length goes along with the other fields. A request without a body says so where Node would send an empty chunked one. */
function framing({ method = '', headers }: IncomingMessage): HeaderList {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) return ['Transfer-Encoding', coding];
  if (headers['content-length'] !== undefined || /^(GET|HEAD|DELETE|OPTIONS|TRACE)$/.test(method)) return [];
  return ['Content-Length', '0'];
}

function isRepeatable(incoming: IncomingMessage): boolean {
  return /^(GET|HEAD|OPTIONS)$/.test(incoming.method ?? '') && !hasBody(incoming);
}

/** Reads the rest of a body for a moment: a connection that is closed over unread bytes takes the answer with it (RFC 9112, section 9.6). */
async function drained(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, closingGraceMs);
    incoming.resume().once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function pairs(list: readonly string[]): [string, string][] {
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!]);
}
