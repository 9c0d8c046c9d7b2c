import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Count } from '../../shared/api/counts.ts';
import { StreamEvent } from '../../shared/api/events.ts';
import {
  CreatedSession,
  CreateSessionRequest,
  RunInSessionRequest,
  SessionState,
  SessionSummary,
} from '../../shared/api/sessions.ts';
import { eventStream } from '../../shared/http/answers.ts';
import { emptyIsNoBody } from '../../shared/http/bodies.ts';
import { sendEventStream } from '../../shared/http/event-stream.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import { takesLineEnds } from '../processes/line-ends.ts';
import { runEvents } from './events.ts';
import type { Sessions } from './sessions.ts';

const Id = z.object({ id: z.string().min(1).max(128) });
const tags = ['Session'];
const cannotStart = ['UNKNOWN_USER', 'USER_NOT_ALLOWED', 'SPOOL_FULL'] as const;

/** Sessions: shells that keep their state from run to run. */
export function sessionRoutes(
  untyped: FastifyInstance,
  { sessions, lineBytes }: { sessions: Sessions; lineBytes: number },
): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.register(async (scope) => {
    // Clients name a type also where they send nothing.
    emptyIsNoBody(scope);
    scope.withTypeProvider<ZodTypeProvider>().route({
      method: 'POST',
      url: '/session',
      schema: {
        tags,
        operationId: 'createSession',
        summary: 'Start a shell that keeps its state from run to run',
        body: CreateSessionRequest,
        response: { 200: CreatedSession },
        errors: [...cannotStart, 'INVALID_PARAMETER', 'WORKING_DIRECTORY_NOT_FOUND', 'TOO_MANY_SESSIONS'],
      },
      handler: async (request) => ({ session_id: (await sessions.create(request.body)).id }),
    });
  });

  app.route({
    method: 'POST',
    url: '/session/:id/run',
    schema: {
      tags,
      operationId: 'runInSession',
      summary: 'Run a command in a session when its turn comes, and stream its events',
      params: Id,
      body: RunInSessionRequest,
      response: {
        200: eventStream(StreamEvent, 'Server-sent events, the data of each as this.', {
          'cubby-run': 'Number of the run in the session, to come back to its events with.',
        }),
      },
      errors: ['SESSION_NOT_FOUND', 'SESSION_BUSY', 'INVALID_PARAMETER', 'WORKING_DIRECTORY_NOT_FOUND', 'SPOOL_FULL'],
    },
    handler: async (request, reply) => {
      const { body } = request;
      const run = await sessions.get(request.params.id).run(body);
      reply.header('cubby-run', run.number);
      const options = { lineBytes, keepsLineEnds: takesLineEnds(request.headers['user-agent']) };
      return sendEventStream(reply, (signal) => runEvents(run, { signal, holds: body.hold ?? true, ...options }));
    },
  });

  app.route({
    method: 'GET',
    url: '/session/:id/runs/:run/events',
    schema: {
      tags,
      operationId: 'resumeRun',
      summary: 'Follow a run, from the start or after the event named by Last-Event-ID',
      params: z.object({ id: Id.shape.id, run: Count }),
      headers: z.object({ 'last-event-id': Count.optional() }),
      response: { 200: eventStream(StreamEvent) },
      errors: ['SESSION_NOT_FOUND', 'RUN_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const run = sessions.get(request.params.id).get(request.params.run);
      const after = request.headers['last-event-id'];
      // A reader that comes back while the writer still waits for it takes its old place.
      const holds = run.isHeld;
      const options = { lineBytes, keepsLineEnds: takesLineEnds(request.raw.headers['user-agent']) };
      return sendEventStream(reply, (signal) => runEvents(run, { signal, after, holds, ...options }));
    },
  });

  app.route({
    method: 'GET',
    url: '/session/:id',
    schema: {
      tags,
      operationId: 'getSession',
      summary: 'What a session is doing, and its last runs',
      params: Id,
      response: { 200: SessionState },
      errors: ['SESSION_NOT_FOUND'],
    },
    handler: async (request) => sessions.get(request.params.id).describe(),
  });

  app.route({
    method: 'GET',
    url: '/sessions',
    schema: {
      tags,
      operationId: 'listSessions',
      summary: 'All sessions, the oldest first',
      response: { 200: z.array(SessionSummary) },
    },
    handler: async () => sessions.list(),
  });

  app.route({
    method: 'DELETE',
    url: '/session/:id',
    schema: {
      tags,
      operationId: 'deleteSession',
      summary: 'End a session and everything that was started in it',
      params: Id,
      response: { 200: nothing },
      errors: ['SESSION_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      await sessions.delete(request.params.id);
      return sendNothing(reply);
    },
  });
}
