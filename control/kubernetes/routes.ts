import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';

type Noun = { tag: string; code: ErrorCode; routes: readonly (readonly [string, string, string])[]; hide?: boolean };

const pools: Noun = {
  tag: 'Pools',
  code: 'KUBERNETES::POOL_NOT_SUPPORTED',
  routes: [
    ['POST', '/pools', 'createPool'],
    ['GET', '/pools', 'listPools'],
    ['GET', '/pools/:poolName', 'getPool'],
    ['PUT', '/pools/:poolName', 'updatePool'],
    ['DELETE', '/pools/:poolName', 'deletePool'],
  ],
};

/** Where the version stands in front of it, templates are Cubby's own: see control/templates. */
const templates: Noun = {
  tag: 'Templates',
  hide: true,
  code: 'FSB::API_NOT_SUPPORTED',
  routes: [
    ['POST', '/templates', 'createTemplate'],
    ['GET', '/templates', 'listTemplates'],
    ['GET', '/templates/:templateId', 'getTemplate'],
    ['DELETE', '/templates/:templateId', 'deleteTemplate'],
  ],
};

/** What OpenSandbox has on Kubernetes only: pools of sandboxes made beforehand. Like the original elsewhere, this server has none. */
export function kubernetesRoutes(app: FastifyInstance): void {
  refuse(app, pools);
}

/** The same of its templates, which are images of small virtual machines. */
export function virtualMachineRoutes(app: FastifyInstance): void {
  refuse(app, templates);
}

function refuse(app: FastifyInstance, { tag, code, routes, hide = false }: Noun): void {
  const message = `There are ${tag.toLowerCase()} on Kubernetes only.`;
  for (const [method, url, operationId] of routes) {
    const parameter = /:(\w+)/.exec(url)?.[1];
    app.route({
      method,
      url,
      schema: {
        hide,
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
