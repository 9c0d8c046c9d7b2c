import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { ApiError } from '../api/errors.ts';
import { connection, type Destination, passOn } from './forward.ts';
import { endToEndHeaders } from './headers.ts';
import { tunnel } from './tunnel.ts';

/** Headers that this program adds to whatever it answers, as a request id. */
export type OwnHeaders = Record<string, string>;

/** A request for another protocol, as the server hands it over. */
export interface Upgrading {
  socket: Socket;
  head: Buffer;
  /** Ends it. */
  closing: AbortSignal;
  ours?: OwnHeaders;
  /** Called when the receiver has agreed, before anything goes to and fro. */
  joined?: (ends: Joined) => void;
}

/** Two connections that are one from now on, and what of it has come already. */
export interface Joined {
  client: Socket;
  receiver: Socket;
  sent: readonly Buffer[];
  received: Buffer;
}

/** What a client may send before the receiver has agreed; a WebSocket client sends nothing. */
const earlyBytes = 64 * 1024;

/**
 * Sends a request for another protocol on, as a WebSocket's, and joins the two connections when the receiver agrees. Another
 * answer is passed on as it is, and the connection closed: bytes after it must not reach a receiver that did not agree.
 * `closing` ends it. Nothing is thrown: what goes wrong is told the client, in the same words as over HTTP.
 */
export function forwardUpgrade(
  request: IncomingMessage,
  { socket, head, closing, ours = {}, joined }: Upgrading,
  destination: Destination,
): void {
  const early = new EarlyBytes(socket, head);
  const outgoing = httpRequest({
    ...connection(destination),
    method: request.method,
    path: destination.path,
    headers: [...destination.headers, 'Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? ''],
  });
  endTogether(socket, outgoing, closing);
  const refuse = (error: Error) => refuseUpgrade(socket, destination.unreachable(error), ours);
  outgoing.once('error', refuse);
  const answered = () => outgoing.off('error', refuse).on('error', () => undefined);
  outgoing.once('response', (answer) => {
    answered();
    answerInstead({ request, socket, answer, ours }, destination);
  });
  outgoing.once('upgrade', (answer, upstream: Socket, upstreamHead) => {
    answered();
    socket.write(agreement(answer, ours), 'latin1');
    if (upstreamHead.length > 0) socket.write(upstreamHead);
    const sent = early.take();
    joined?.({ client: socket, receiver: upstream, sent, received: upstreamHead });
    for (const chunk of sent) upstream.write(chunk);
    tunnel(socket, upstream);
  });
  outgoing.end();
}

/** Answers a request for another protocol with an error, and closes the connection. */
export function refuseUpgrade(socket: Socket, error: ApiError, ours: OwnHeaders = {}): void {
  if (!socket.writable) return;
  const body = JSON.stringify(error.toBody());
  socket.write(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines(Object.entries(ours))}Connection: close\r\n\r\n`,
    'latin1',
  );
  socket.end(body);
  socket.destroySoon();
}

/** Until the receiver answers: whoever goes, or a closing server, ends the attempt. */
function endTogether(socket: Socket, outgoing: ClientRequest, closing: AbortSignal): void {
  const end = () => {
    outgoing.destroy();
    socket.destroy();
  };
  closing.addEventListener('abort', end, { once: true });
  if (closing.aborted) end();
  socket.on('error', () => undefined);
  socket.once('close', () => {
    closing.removeEventListener('abort', end);
    outgoing.destroy();
  });
}

/** The bytes that come before the receiver has answered. Reading them is also how it is noticed that the client has gone. */
class EarlyBytes {
  #socket: Socket;
  #chunks: Buffer[];
  #size = 0;

  constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#chunks = head.length > 0 ? [head] : [];
    socket.on('data', this.#keep).once('end', this.#leave);
  }

  /** Hands them over, and leaves what follows to others. */
  take(): Buffer[] {
    this.#socket.off('data', this.#keep).off('end', this.#leave).pause();
    return this.#chunks;
  }

  #keep = (chunk: Buffer) => {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > earlyBytes) this.#socket.pause();
  };

  #leave = () => this.#socket.destroy();
}

/** Any answer but 101, over the socket that the server has already let go. */
function answerInstead(
  {
    request,
    socket,
    answer,
    ours,
  }: { request: IncomingMessage; socket: Socket; answer: IncomingMessage; ours: OwnHeaders },
  { answer: change }: Destination,
): void {
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  response.once('close', () => socket.destroy());
  passOn(answer, response, { answer: change, ours: { ...ours, connection: 'close' } });
}

function agreement(answer: IncomingMessage, ours: OwnHeaders): string {
  const fields = [...endToEndHeaders(answer), 'Connection', 'Upgrade', 'Upgrade', answer.headers.upgrade ?? ''];
  let text = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\n`;
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  const added = Object.entries(ours).filter(([name]) => answer.headers[name] === undefined);
  return `${text}${lines(added)}\r\n`;
}

function lines(headers: [string, string][]): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}
