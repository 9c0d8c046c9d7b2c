import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket, WebSocketServer } from 'ws';
import { ApiError } from '../api/errors.ts';
import { refuseUpgrade } from './upgrade.ts';

/** A larger message closes the connection with 1009. */
const maxMessageBytes = 4 * 1024 * 1024;

interface Upgrade {
  socket: Socket;
  head: Buffer;
  response: ServerResponse;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();
let server: WebSocketServer | undefined;

/**
 * Gives requests for a WebSocket to the app's routes, as if they were plain ones: with its hooks, its schemas and its errors.
 * The route then makes a WebSocket of it by `webSocketOf`. `isOurs` has to be part of the server's `shouldUpgradeCallback`.
 */
export function routeWebSockets(app: FastifyInstance, isOurs: (request: IncomingMessage) => boolean): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!isOurs(request)) return;
    socket.on('error', () => undefined);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    // The server has let go of the connection: nobody else closes it behind an answer.
    response.once('finish', () => socket.destroySoon());
    upgrades.set(request, { socket, head, response });
    app.routing(request, response);
  });
}

/**
 * Whether a request may become a WebSocket; then a function that makes it one, at once, and ends the reply by that.
 * @throws ApiError `UPGRADE_REQUIRED` when it asks for a page
 */
export async function webSocketOf({ raw }: FastifyRequest): Promise<(reply: FastifyReply) => WebSocket | undefined> {
  const upgrade = upgrades.get(raw);
  if (!upgrade) {
    throw new ApiError('UPGRADE_REQUIRED', 'This is a WebSocket.', {
      field: 'upgrade',
      expected: 'websocket, as a WebSocket client sends it',
    });
  }
  server ??= await openServer();
  const accepting = server;
  return (reply) => {
    reply.hijack();
    const { socket, head, response } = upgrade;
    response.detachSocket(socket);
    let accepted: WebSocket | undefined;
    accepting.handleUpgrade(raw, socket, head, (webSocket) => {
      accepted = webSocket;
    });
    return accepted;
  };
}

/** Loaded when the first is asked for: most sandboxes never do. */
async function openServer(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  }).on('wsClientError', (error, socket) => {
    const expected = 'a WebSocket handshake of version 13';
    refuseUpgrade(socket as Socket, new ApiError('INVALID_PARAMETER', error.message, { field: 'headers', expected }));
  });
}
