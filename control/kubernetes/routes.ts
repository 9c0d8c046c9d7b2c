import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';

type Noun = {
  tag: string;
  code: ErrorCode;
  message: string;
  summary: string;
  routes: readonly (readonly [string, string, string])[];
  hide?: boolean;
};

const pools: Noun = {
  tag: 'Pools',
  code: 'KUBERNETES::POOL_NOT_SUPPORTED',
  message: 'Pools are changed by their templates: `pool` in PUT or PATCH /v1/templates/{name}.',
  summary: 'Not supported: a template says how many of it stand by',
  routes: [
    ['POST', '/pools', 'createPool'],
    ['PUT', '/pools/:poolName', 'updatePool'],
    ['DELETE', '/pools/:poolName', 'deletePool'],
  ],
};

/** Where the version stands in front of it, templates are Cubby's own: see control/templates. */
const templates: Noun = {
  tag: 'Templates',
  hide: true,
  code: 'FSB::API_NOT_SUPPORTED',
  message: 'There are templates on Kubernetes only.',
  summary: 'Not supported: there are templates on Kubernetes only',
  routes: [
    ['POST', '/templates', 'createTemplate'],
    ['GET', '/templates', 'listTemplates'],
    ['GET', '/templates/:templateId', 'getTemplate'],
    ['DELETE', '/templates/:templateId', 'deleteTemplate'],
  ],
};

/** What OpenSandbox has on Kubernetes only: changing pools of sandboxes made beforehand. Here templates say what there is of them: see control/pools. */
export function kubernetesRoutes(app: FastifyInstance): void {
  refuse(app, pools);
}

/** The same of its templates, which are images of small virtual machines. */
export function virtualMachineRoutes(app: FastifyInstance): void {
  refuse(app, templates);
}

function refuse(app: FastifyInstance, { tag, code, message, summary, routes, hide = false }: Noun): void {
  for (const [method, url, operationId] of routes) {
    const parameter = /:(\w+)/.exec(url)?.[1];
    app.route({
      method,
      url,
      schema: {
        hide,
        tags: [tag],
        operationId,
        summary,
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
