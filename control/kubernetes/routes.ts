import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';

const nouns = [
  {
    tag: 'Pools',
    code: 'KUBERNETES::POOL_NOT_SUPPORTED',
    routes: [
      ['POST', '/pools', 'createPool'],
      ['GET', '/pools', 'listPools'],
      ['GET', '/pools/:poolName', 'getPool'],
      ['PUT', '/pools/:poolName', 'updatePool'],
      ['DELETE', '/pools/:poolName', 'deletePool'],
    ],
  },
  {
    tag: 'Templates',
    code: 'FSB::API_NOT_SUPPORTED',
    routes: [
      ['POST', '/templates', 'createTemplate'],
      ['GET', '/templates', 'listTemplates'],
      ['GET', '/templates/:templateId', 'getTemplate'],
      ['DELETE', '/templates/:templateId', 'deleteTemplate'],
    ],
  },
] as const;

/**
 * What OpenSandbox has on Kubernetes only: pools of sandboxes made beforehand, and templates, which are images of small
 * virtual machines. Like the original elsewhere, this server has none.
 */
export function kubernetesRoutes(app: FastifyInstance): void {
  for (const { tag, code, routes } of nouns) {
    const message = `There are ${tag.toLowerCase()} on Kubernetes only.`;
    for (const [method, url, operationId] of routes) {
      const parameter = /:(\w+)/.exec(url)?.[1];
      app.route({
        method,
        url,
        schema: {
          tags: [tag],
          operationId,
          summary: `Not supported: there are ${tag.toLowerCase()} on Kubernetes only`,
          ...(parameter && { params: z.object({ [parameter]: z.string() }) }),
          errors: [code],
        },
        // Before the body, of whatever type it is.
        onRequest: async () => {
          throw new ApiError(code, message);
        },
        handler: () => undefined,
      });
    }
  }
}
