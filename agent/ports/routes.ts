import type { FastifyInstance } from 'fastify';
import { forward } from '../../shared/http/forward.ts';
import { destinationOf } from './destination.ts';

/** Whatever listens on a port in the sandbox, under /proxy/{port}/. Bodies are not looked at. */
export function portRoutes(app: FastifyInstance): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.all(
      '/proxy/*',
      { schema: { tags: ['Port'], summary: 'Anything for the program that listens on a port in the sandbox' } },
      (request, reply) => forward(request, reply, destinationOf(request.raw)),
    );
  });
}
