import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ignoreBodies } from '../../shared/http/bodies.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import type { Sandboxes } from './sandboxes.ts';

const Params = z.object({ sandboxId: z.string().min(1).max(256) });
const tags = ['Sandboxes'];
const needs = ['DOCKER::SANDBOX_NOT_FOUND', 'ENGINE_UNAVAILABLE', 'ENGINE_TIMEOUT'] as const;

/** Freezing sandboxes and letting them go on. Both are answered when it is so. In a scope of its own: bodies are ignored. */
export async function pauseRoutes(untyped: FastifyInstance, { sandboxes }: { sandboxes: Sandboxes }): Promise<void> {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  ignoreBodies(untyped);

  app.route({
    method: 'POST',
    url: '/sandboxes/:sandboxId/pause',
    schema: {
      tags,
      operationId: 'pauseSandbox',
      summary: 'Freeze a sandbox where it stands',
      params: Params,
      response: { 202: nothing },
      errors: [...needs, 'DOCKER::SANDBOX_NOT_RUNNING', 'DOCKER::SANDBOX_PAUSE_FAILED'],
    },
    handler: async (request, reply) => {
      await sandboxes.freezer.pause(request.params.sandboxId);
      return sendNothing(reply, 202);
    },
  });

  app.route({
    method: 'POST',
    url: '/sandboxes/:sandboxId/resume',
    schema: {
      tags,
      operationId: 'resumeSandbox',
      summary: 'Let a paused sandbox go on',
      params: Params,
      response: { 202: nothing },
      errors: [...needs, 'DOCKER::SANDBOX_NOT_PAUSED', 'DOCKER::SANDBOX_RESUME_FAILED'],
    },
    handler: async (request, reply) => {
      await sandboxes.freezer.resume(request.params.sandboxId);
      return sendNothing(reply, 202);
    },
  });
}
