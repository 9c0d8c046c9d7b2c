import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Count } from '../../shared/api/counts.ts';
import { StreamEvent } from '../../shared/api/events.ts';
import { CodeExecution, InputAnswer } from '../../shared/api/executions.ts';
import { eventStream } from '../../shared/http/answers.ts';
import { sendEventStream } from '../../shared/http/event-stream.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import type { Contexts } from './contexts.ts';

/** An answer of a MiB may be escaped; Fastify's own limit would refuse it. */
const maxAnswerBytes = 8 * 1024 * 1024;

const Id = z.object({ id: z.string().min(1).max(128) });
const tags = ['CodeInterpreting'];

/** Executions: come back to, ask, answer, stop. */
export function executionRoutes(untyped: FastifyInstance, { contexts }: { contexts: Contexts }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/code/executions',
    schema: {
      tags,
      operationId: 'listExecutions',
      summary: 'Executions that wait, run, or ended not long ago, the oldest first',
      querystring: z.object({ context: z.string().max(128).optional() }),
      response: { 200: z.array(CodeExecution) },
    },
    handler: async (request) => contexts.executions.list(request.query.context).map((each) => each.describe()),
  });

  app.route({
    method: 'GET',
    url: '/code/executions/:id',
    schema: {
      tags,
      operationId: 'getExecution',
      summary: 'What became of a cell',
      params: Id,
      response: { 200: CodeExecution },
      errors: ['EXECUTION_NOT_FOUND'],
    },
    handler: async (request) => contexts.executions.get(request.params.id).describe(),
  });

  app.route({
    method: 'GET',
    url: '/code/executions/:id/events',
    schema: {
      tags,
      operationId: 'resumeExecution',
      summary: 'Follow a cell, from the start or after the event named by Last-Event-ID',
      params: Id,
      headers: z.object({ 'last-event-id': Count.optional() }),
      querystring: z.object({ after: Count.optional().describe('In place of Last-Event-ID, which comes first.') }),
      response: { 200: eventStream(StreamEvent) },
      errors: ['EXECUTION_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const { history } = contexts.executions.get(request.params.id);
      const after = request.headers['last-event-id'] ?? request.query.after;
      return sendEventStream(reply, (signal) => history.read(signal, after));
    },
  });

  app.route({
    method: 'POST',
    url: '/code/executions/:id/input',
    bodyLimit: maxAnswerBytes,
    schema: {
      tags,
      operationId: 'answerExecution',
      summary: 'Answer what a cell asks',
      params: Id,
      body: InputAnswer,
      response: { 200: nothing },
      errors: ['EXECUTION_NOT_FOUND', 'INPUT_NOT_REQUESTED'],
    },
    handler: async (request, reply) => {
      contexts.executions.get(request.params.id).answer(request.body.value);
      return sendNothing(reply);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/code/executions/:id',
    schema: {
      tags,
      operationId: 'stopExecution',
      summary: 'Interrupt a cell that runs, or take it out of the queue',
      params: Id,
      response: { 200: nothing },
      errors: ['EXECUTION_NOT_FOUND', 'EXECUTION_NOT_RUNNING'],
    },
    handler: async (request, reply) => {
      await contexts.stop(request.params.id);
      return sendNothing(reply);
    },
  });
}
