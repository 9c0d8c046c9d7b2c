import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RunCodeRequest } from '../../shared/api/code.ts';
import { StreamEvent } from '../../shared/api/events.ts';
import { eventStream } from '../../shared/http/answers.ts';
import { sendEventStream } from '../../shared/http/event-stream.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import { contextRoutes, starting } from './context-routes.ts';
import type { Contexts } from './contexts.ts';
import { executionRoutes } from './execution-routes.ts';

/** A cell of code may be long; Fastify's own limit is 1 MiB. */
const maxCodeBytes = 16 * 1024 * 1024;

const tags = ['CodeInterpreting'];

/** Code cells, their executions, and the contexts that they run in. */
export function codeRoutes(untyped: FastifyInstance, { contexts }: { contexts: Contexts }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  contextRoutes(untyped, { contexts });
  executionRoutes(untyped, { contexts });

  app.route({
    method: 'POST',
    url: '/code',
    bodyLimit: maxCodeBytes,
    schema: {
      tags,
      operationId: 'runCode',
      summary: 'Run a cell and stream its events',
      body: RunCodeRequest,
      response: {
        200: eventStream(StreamEvent, 'Server-sent events, the data of each as this.', {
          'x-execution-id': 'Id of the execution, to come back to it with.',
        }),
      },
      errors: ['CONTEXT_NOT_FOUND', 'CONTEXT_BUSY', 'INVALID_PARAMETER', ...starting],
    },
    handler: async (request, reply) => {
      const { code, context, when_busy, timeout, allow_input, envs, max_output_bytes, figure_formats } = request.body;
      const execution = await contexts.run(
        {
          code,
          timeoutMs: timeout ?? undefined,
          allowsInput: allow_input ?? false,
          variables: envs ?? {},
          figureFormats: figure_formats ?? undefined,
          maxOutputBytes: max_output_bytes ?? contexts.outputBytes,
        },
        { id: context?.id, wish: context ?? {}, whenBusy: when_busy ?? 'refuse' },
      );
      reply.header('x-execution-id', execution.id);
      return sendEventStream(reply, (signal) => execution.history.read(signal));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/code',
    schema: {
      tags,
      operationId: 'interruptCode',
      summary: 'Interrupt the cell that runs in a context',
      querystring: z.object({ id: z.string().min(1).max(128) }),
      response: { 200: nothing },
      errors: ['CONTEXT_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      await contexts.get(request.query.id).interrupt();
      return sendNothing(reply);
    },
  });
}
