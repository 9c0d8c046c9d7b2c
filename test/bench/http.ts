import { Agent, type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';

/** What a request is sent with besides method and path. */
export interface Sending {
  /** Sent as JSON. */
  json?: object;
  /** Sent as it is, with these headers; `json` otherwise. */
  body?: Readable;
  headers?: Record<string, string | number>;
  signal: AbortSignal;
}

/** A server over TCP or a unix socket, with kept connections: node:http alone, as every layer above it costs time of its own. */
export class Client {
  readonly #at: { host: string; port: string } | { socketPath: string };
  readonly #prefix: string;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true });

  /** `at`: a URL, whose path stands before every request's; or the absolute path of a socket. */
  constructor(at: string, headers: Record<string, string> = {}) {
    const url = at.startsWith('/') ? undefined : new URL(at);
    this.#at = url ? { host: url.hostname, port: url.port } : { socketPath: at };
    this.#prefix = url ? url.pathname.replace(/\/$/, '') : '';
    this.#headers = headers;
  }

  /** Sends a request and returns the answer when it has begun. @throws Error with the server's own words when it refuses */
  async open(method: string, path: string, { json, body, headers, signal }: Sending): Promise<IncomingMessage> {
    const text = json && JSON.stringify(json);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request({
      ...this.#at,
      agent: this.#agent,
      method,
      path: `${this.#prefix}${path}`,
      headers: {
        ...this.#headers,
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
      signal,
    });
    sent.once('response', resolve).on('error', reject);
    if (body) body.once('error', (error) => sent.destroy(error)).pipe(sent);
    else sent.end(text);
    const answer = await promise;
    if (answer.statusCode! >= 400) {
      throw new Error(`${method} ${path} was answered with ${answer.statusCode}: ${(await textOf(answer)).trim()}`);
    }
    return answer;
  }

  /** Sends a request and returns the whole answer. @throws as above */
  async text(method: string, path: string, sending: Sending): Promise<string> {
    return textOf(await this.open(method, path, sending));
  }

  /** As above, for an answer that is JSON. */
  async json<T>(method: string, path: string, sending: Sending): Promise<T> {
    return JSON.parse((await this.text(method, path, sending)) || 'null') as T;
  }

  /** Closes what is kept. */
  close(): void {
    this.#agent.destroy();
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const part of answer) text += part;
  return text;
}
