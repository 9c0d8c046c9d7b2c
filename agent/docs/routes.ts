import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { OpenApiDocument } from '../../shared/api/openapi.ts';

/** The description of this API, which was written when the pack was built: nothing of it is loaded until somebody asks. */
export function docsRoutes(app: FastifyInstance, { pack }: { pack: string }): void {
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: {
      tags: ['Health'],
      operationId: 'getOpenapi',
      summary: 'This document',
      response: { 200: OpenApiDocument },
    },
    handler: async (_, reply) => {
      const document = await readFile(join(pack, 'openapi.json'));
      return reply.type('application/json; charset=utf-8').send(document);
    },
  });
}
