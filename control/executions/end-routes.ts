import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FullExecution } from '../../shared/api/kept-executions.ts';
import { ignoreBodies } from '../../shared/http/bodies.ts';
import type { Executions } from './executions.ts';
import { shown } from './shown.ts';

const tags = ['Executions'];
const Id = z.object({ id: z.string().min(1).max(128) });

/** The end of executions. In a scope of its own: bodies are ignored. */
export async function executionEndRoutes(
  untyped: FastifyInstance,
  { executions }: { executions: Executions },
): Promise<void> {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  ignoreBodies(untyped);

  app.route({
    method: 'POST',
    url: '/executions/:id/cancel',
    schema: {
      tags,
      operationId: 'cancelExecution',
      summary: 'End all of an execution’s processes',
      description: 'Answers when nothing of it is left.',
      params: Id,
      response: { 200: FullExecution },
      errors: ['EXECUTION_NOT_FOUND', 'EXECUTION_NOT_RUNNING', 'AGENT_UNREACHABLE', 'RUNTIME_ERROR'],
    },
    handler: async (request) => shown(await executions.cancel(request.params.id)),
  });

  app.route({
    method: 'DELETE',
    url: '/executions/:id',
    schema: {
      tags,
      operationId: 'deleteExecution',
      summary: 'Forget an execution, which ends it where it runs',
      params: Id,
      response: { 204: z.undefined() },
      errors: ['EXECUTION_NOT_FOUND', 'AGENT_UNREACHABLE', 'RUNTIME_ERROR'],
    },
    handler: async (request, reply) => {
      await executions.remove(request.params.id);
      return reply.code(204).send();
    },
  });
}
