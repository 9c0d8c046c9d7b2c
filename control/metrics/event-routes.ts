import type { FastifyInstance } from 'fastify';
import { empty } from '../../shared/http/answers.ts';

/**
 * Where OpenSandbox's JavaScript client reports how long a create took. It doesn't look at the answer; the numbers that are
 * worth something are those that this server measures itself, so it takes nothing in.
 */
export function eventRoutes(app: FastifyInstance): void {
  app.route({
    method: 'POST',
    url: '/metrics/events',
    schema: {
      tags: ['Operation'],
      operationId: 'reportEvent',
      summary: 'Telemetry of clients: thanked for, and not read',
      security: [],
      response: { 204: empty('Thank you.') },
    },
    // Before the body, of whatever type it is.
    onRequest: async (_, reply) => reply.code(204).send(),
    handler: () => undefined,
  });
}
