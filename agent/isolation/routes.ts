import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { IsolationCapabilities } from '../../shared/api/isolation.ts';

const tags = ['Isolation'];
const message = 'There are no isolated sessions in this sandbox: give each user a sandbox of their own.';

const none: IsolationCapabilities = {
  available: false,
  isolator: 'none',
  version: '',
  message,
  setpriv_available: false,
  userns_available: false,
  commit_supported: false,
  diff_supported: false,
};

/** OpenSandbox's sessions isolated from each other within one sandbox. Clients ask first whether there are any: there are none. */
export function isolationRoutes(untyped: FastifyInstance): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/v1/isolated/capabilities',
    schema: {
      tags,
      operationId: 'getIsolationCapabilities',
      summary: 'Whether there are isolated sessions in this sandbox',
      response: { 200: IsolationCapabilities },
    },
    handler: async () => none,
  });

  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/v1/isolated/*',
    schema: {
      tags,
      operationId: 'useIsolation',
      summary: 'Every other route of isolated sessions: not supported',
      wildcard: { path: '{path}', params: z.object({ path: z.string() }) },
      errors: ['NOT_SUPPORTED'],
    },
    // Before the body, of whatever type it is.
    onRequest: async () => {
      throw new ApiError('NOT_SUPPORTED', message);
    },
    handler: () => undefined,
  });
}
