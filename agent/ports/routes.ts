import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { forward } from '../../shared/http/forward.ts';
import { destinationOf } from './destination.ts';

/** Whatever listens on a port in the sandbox, under /proxy/{port}/, with any method. Bodies are not looked at. */
export function portRoutes(app: FastifyInstance): void {
  for (const method of METHODS) {
    // CONNECT asks for a tunnel, and names no path.
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  }
  app.register(async (scope) => {
    // Before Fastify looks at the body: it refuses content types that aren't spelled right, which is not its business here.
    scope.addHook('preParsing', (request, reply) => forward(request, reply, destinationOf(request.raw)));
    scope.all(
      '/proxy/*',
      { schema: { tags: ['Port'], summary: 'Anything for the program that listens on a port in the sandbox' } },
      () => undefined,
    );
  });
}
