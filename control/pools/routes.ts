import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';

const routes = [
  ['POST', '/pools', 'createPool'],
  ['GET', '/pools', 'listPools'],
  ['GET', '/pools/:poolName', 'getPool'],
  ['PUT', '/pools/:poolName', 'updatePool'],
  ['DELETE', '/pools/:poolName', 'deletePool'],
] as const;

/** OpenSandbox's pools of sandboxes made beforehand are Kubernetes resources: like the original, this server has none. */
export function poolRoutes(app: FastifyInstance): void {
  for (const [method, url, operationId] of routes) {
    app.route({
      method,
      url,
      schema: {
        tags: ['Pools'],
        operationId,
        summary: 'Not supported: there are pools on Kubernetes only',
        ...(url.includes(':') && { params: z.object({ poolName: z.string() }) }),
        errors: ['KUBERNETES::POOL_NOT_SUPPORTED'],
      },
      // Before the body, of whatever type it is.
      onRequest: async () => {
        throw new ApiError('KUBERNETES::POOL_NOT_SUPPORTED', 'There are pools on Kubernetes only.');
      },
      handler: () => undefined,
    });
  }
}
