import { randomUUID } from 'node:crypto';
import {
  createMcpHandler,
  isLegacyRequest,
  legacyStatelessFallback,
  type McpHttpHandler,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { ApiError } from '../../shared/api/errors.ts';
import { eventId, placeIn } from './event-ids.ts';
import { Exchanges } from './exchanges.ts';
import { messageIn } from './messages.ts';
import { primed } from './primed.ts';
import { mcpServer } from './server.ts';
import type { Toolbox } from './toolbox.ts';

export interface EndpointOptions {
  /** The tools of a workspace, by its key. */
  toolbox(key: string): Toolbox;
  version: string;
  /** How long a call goes on whose client has lost its connection, where that client can come back. */
  graceMs: number;
  /** Bytes of a request. */
  bodyLimit: number;
}

/** How long an answer waits for a client that lost its connection: those of the SDK try for some seconds. */
const keptMs = 60_000;
/** What a client waits before it comes back. */
const retryMs = 1000;
/** Streams of changes that are open at a time. The tools don't change, so that they say nothing. */
const mostListening = 100;
const sessionHeader = 'mcp-session-id';
const legacySession = /^[\x21-\x7e]{1,128}$/;

/**
 * MCP over HTTP for all workspaces. Each request stands alone, also those of clients of before 2026, for which a session is a name:
 * nothing is kept of one but its calls under way, and a server that was started anew goes on with it.
 */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #exchanges: Exchanges;
  readonly #modern: McpHttpHandler;
  readonly #keys = new WeakMap<Request, string>();

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#exchanges = new Exchanges({ graceMs: options.graceMs, keptMs });
    this.#modern = createMcpHandler(({ requestInfo }) => this.#server(this.#keys.get(requestInfo!)!), {
      legacy: 'reject',
      // Always a stream: its comments keep proxies from closing the connection of a call that takes long.
      responseMode: 'sse',
      maxSubscriptions: mostListening,
      maxRequestBodySize: options.bodyLimit,
    });
  }

  /**
   * Answers a request for a workspace's tools. Its signal says that the client has gone.
   * @throws ApiError `NOTHING_TO_RESUME`
   */
  async answer(request: Request, key: string, parsedBody: unknown): Promise<Response> {
    if (request.method === 'GET') return this.#resume(request, key);
    if (request.method === 'DELETE') {
      this.#exchanges.cancel(ownerOf(request, key));
      return new Response(null, { status: 200 });
    }
    if (await isLegacyRequest(request, parsedBody)) return this.#answerLegacy(request, key, parsedBody);
    this.#keys.set(request, key);
    return comeBackTo(await this.#modern.fetch(request, { parsedBody }), messageIn(parsedBody).call);
  }

  async close(): Promise<void> {
    this.#exchanges.close();
    await this.#modern.close();
  }

  #server(key: string): Server {
    return mcpServer(this.#options.toolbox(key), this.#options.version);
  }

  async #answerLegacy(request: Request, key: string, parsedBody: unknown): Promise<Response> {
    const { cancelled, call, isOpening } = messageIn(parsedBody);
    if (cancelled !== undefined) this.#exchanges.cancel(ownerOf(request, key), cancelled);
    if (call !== undefined) return this.#answerCall(request, key, { id: call, parsedBody });
    const fallback = legacyStatelessFallback(() => this.#server(key), undefined, {
      maxRequestBodySize: this.#options.bodyLimit,
    });
    const response = await fallback(request, { parsedBody });
    if (isOpening && response.ok) response.headers.set(sessionHeader, randomUUID());
    return response;
  }

  async #answerCall(request: Request, key: string, call: { id: string | number; parsedBody: unknown }) {
    const server = this.#server(key);
    const exchange = this.#exchanges.open({
      owner: ownerOf(request, key),
      requestId: call.id,
      end: () => void server.close().catch(() => undefined),
    });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      eventStore: exchange,
      retryInterval: retryMs,
    });
    await server.connect(transport);
    const response = await transport.handleRequest(request, { parsedBody: call.parsedBody });
    if (response.ok && response.body) return new Response(exchange.first(response.body), response);
    exchange.cancel();
    return response;
  }

  #resume(request: Request, key: string): Response {
    const place = placeIn(request.headers.get('last-event-id') ?? '');
    const stream = place && this.#exchanges.resume(ownerOf(request, key), place);
    // The SDK's clients take this status for what it is; by any other they come back again.
    if (!stream) throw new ApiError('NOTHING_TO_RESUME', 'There is no message to come.', { field: 'last-event-id' });
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  }
}

/**
 * By the revision of 2026 nobody comes back to a call; but the SDK's clients wait for its answer for ever where the connection breaks,
 * unless the stream has an id. With one they ask for the rest, and are told that it is lost.
 */
function comeBackTo(response: Response, requestId: string | number | undefined): Response {
  if (requestId === undefined || !response.ok || !response.body) return response;
  const id = eventId({ exchange: randomUUID(), number: 0, requestId, isLast: false });
  return new Response(primed(response.body, `id: ${id}\nretry: ${retryMs}\ndata: \n\n`), response);
}

function ownerOf({ headers }: Request, key: string): string {
  const session = headers.get(sessionHeader) ?? '';
  return `${key}\n${legacySession.test(session) ? session : ''}`;
}
