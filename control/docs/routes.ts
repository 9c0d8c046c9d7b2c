import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { OpenApiDocument } from '../../shared/api/openapi.ts';
import { describe } from '../../shared/openapi/document.ts';
import type { Route } from '../../shared/openapi/route.ts';
import { about } from './about.ts';

const json = 'application/json; charset=utf-8';
const documents = [
  { name: 'Cubby', url: '/openapi.json' },
  { name: 'Agent, in each sandbox', url: '/openapi/agent.json' },
];

/** Notes every route that is registered from now on. */
export function noteRoutes(app: FastifyInstance): Route[] {
  const routes: Route[] = [];
  app.addHook('onRoute', (route) => void routes.push(route as Route));
  return routes;
}

/**
 * Publishes the OpenAPI documents of these routes and of the agent, which is in its pack, for everybody: at /openapi.json and
 * /openapi/agent.json, and for people at /docs. Call it when all routes are registered.
 */
export async function publishApi(app: FastifyInstance, routes: Route[], { pack }: { pack: string }): Promise<void> {
  const schema = { tags: ['Operation'], security: [], response: { 200: OpenApiDocument } };
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { ...schema, operationId: 'getOpenapi', summary: 'This document' },
    handler: async (_, reply) => reply.type(json).send(text),
  });
  app.route({
    method: 'GET',
    url: '/openapi/agent.json',
    schema: { ...schema, operationId: 'getAgentOpenapi', summary: 'The document of the agent in each sandbox' },
    handler: async (_, reply) => reply.type(json).send(await readFile(join(pack, 'openapi.json'))),
  });
  const document = describe(routes, about);
  const text = Buffer.from(JSON.stringify(document));
  // The page wants the plugin, though it reads the two documents above.
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { urls: documents },
    theme: { title: 'Cubby' },
  });
}
