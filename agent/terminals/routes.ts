import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import {
  ConnectTerminalQuery,
  CreateTerminalRequest,
  TerminalCreated,
  TerminalStatus,
} from '../../shared/api/terminals.ts';
import { empty } from '../../shared/http/answers.ts';
import { emptyIsNoBody } from '../../shared/http/bodies.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import { webSocketOf } from '../../shared/http/websocket.ts';
import { attach } from './attach.ts';
import { Client } from './client.ts';
import type { Terminal } from './terminal.ts';
import type { Terminals } from './terminals.ts';

const Id = z.object({ id: z.string().min(1).max(128) });
const tags = ['Terminal'];
/** One terminal's clients, the one that may type included. */
const maxClients = 16;

/** Whether a request is for a terminal's WebSocket: for the server's `shouldUpgradeCallback` and for `routeWebSockets`. */
export function isTerminalUpgrade({ url = '', headers }: IncomingMessage): boolean {
  return /^\/pty\/[^/?]+\/ws(\?|$)/.test(url) && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Terminals: make, look at, end, and connect to. docs/terminals.md has what goes over the connection. */
export function terminalRoutes(
  untyped: FastifyInstance,
  { terminals, pingMs }: { terminals: Terminals; pingMs: number },
): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.register(async (scope) => {
    // Clients name a type also where they send nothing.
    emptyIsNoBody(scope);
    scope.withTypeProvider<ZodTypeProvider>().route({
      method: 'POST',
      url: '/pty',
      schema: {
        tags,
        operationId: 'createTerminal',
        summary: 'Make a terminal, in which a shell starts when somebody connects',
        body: CreateTerminalRequest,
        response: { 201: TerminalCreated },
        errors: [
          'INVALID_PARAMETER',
          'WORKING_DIRECTORY_NOT_FOUND',
          'UNKNOWN_USER',
          'USER_NOT_ALLOWED',
          'TOO_MANY_TERMINALS',
          'SPOOL_FULL',
        ],
      },
      handler: async (request, reply) => {
        reply.code(201);
        return { session_id: terminals.create(request.body ?? {}).id };
      },
    });
  });

  app.route({
    method: 'GET',
    url: '/pty',
    schema: {
      tags,
      operationId: 'listTerminals',
      summary: 'All terminals, the oldest first',
      response: { 200: z.array(TerminalStatus) },
    },
    handler: async () => terminals.list().map((terminal) => terminal.status()),
  });

  app.route({
    method: 'GET',
    url: '/pty/:id',
    schema: {
      tags,
      operationId: 'getTerminal',
      summary: 'Whether a terminal’s shell runs, and how much it has put out',
      params: Id,
      response: { 200: TerminalStatus },
      errors: ['CONTEXT_NOT_FOUND'],
    },
    handler: async (request) => terminals.get(request.params.id).status(),
  });

  app.route({
    method: 'DELETE',
    url: '/pty/:id',
    schema: {
      tags,
      operationId: 'deleteTerminal',
      summary: 'Hang a terminal up, and end everything that was started in it',
      params: Id,
      response: { 200: nothing },
      errors: ['CONTEXT_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      await terminals.delete(request.params.id);
      return sendNothing(reply);
    },
  });

  app.route({
    method: 'GET',
    url: '/pty/:id/ws',
    schema: {
      tags,
      operationId: 'connectTerminal',
      summary: 'Connect to a terminal by WebSocket',
      description: 'Type into it and see what it puts out. docs/terminals.md has the frames.',
      params: Id,
      querystring: ConnectTerminalQuery,
      response: { 101: empty('From here on it is a WebSocket.') },
      errors: [
        'CONTEXT_NOT_FOUND',
        'ALREADY_CONNECTED',
        'VIEWER_REQUIRES_RUNNING_SESSION',
        'TOO_MANY_TERMINALS',
        'UPGRADE_REQUIRED',
      ],
    },
    handler: async (request, reply) => {
      const { query } = request;
      const terminal = terminals.get(request.params.id);
      const accept = await webSocketOf(request);
      refuseIfTaken(terminal, query);
      const socket = accept(reply);
      if (!socket) return reply;
      const client = new Client(socket, { pingMs, closing: app.closing });
      terminal.serve(
        attach(terminal, client, query).catch((error: unknown) =>
          request.log.error({ err: error }, 'a terminal’s connection broke off'),
        ),
      );
      return reply;
    },
  });
}

function refuseIfTaken(terminal: Terminal, { mode, takeover }: ConnectTerminalQuery): void {
  if (terminal.clients >= maxClients) {
    throw new ApiError('TOO_MANY_TERMINALS', `${maxClients} clients are connected to this terminal.`);
  }
  if (mode === 'viewer') {
    if (terminal.running) return;
    throw new ApiError(
      'VIEWER_REQUIRES_RUNNING_SESSION',
      'There is nothing to view: connect without mode=viewer first.',
      {
        field: 'mode',
      },
    );
  }
  if (!terminal.isHeld || takeover) return;
  throw new ApiError('ALREADY_CONNECTED', 'Somebody is connected to this terminal.', {
    field: 'takeover',
    expected: '1, to take it over',
  });
}
