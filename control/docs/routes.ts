import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { apiKeyHeader } from '../gateway/keys.ts';

/** Publishes the OpenAPI document of every route registered after it, at /openapi.json and for people at /docs. */
export async function publishApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cubby',
        version: '1',
        description: 'Sandboxes, and the way into them. OpenSandbox’s clients speak it.',
      },
      components: { securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: apiKeyHeader } } },
      security: [{ apiKey: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
