import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { anything, empty } from '../../shared/http/answers.ts';
import { forward } from '../../shared/http/forward.ts';
import { destinationOf } from './destination.ts';

const PortAndPath = z.object({
  port: z.int().min(1).max(65_535).describe('In plain digits.'),
  path: z.string().describe('Path and query for the program; it may have slashes and may be empty.'),
});

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
      {
        schema: {
          tags: ['Port'],
          operationId: 'callPort',
          summary: 'Anything for the program that listens on a port in the sandbox',
          description: 'With any method and body. Requests for another protocol, as a WebSocket’s, are passed on too.',
          wildcard: { path: '{port}/{path}', params: PortAndPath },
          response: {
            101: empty('The program speaks the other protocol.'),
            default: anything('What the program says.'),
          },
          errors: ['INVALID_PORT', 'PORT_NOT_REACHABLE'],
        },
      },
      () => undefined,
    );
  });
}
