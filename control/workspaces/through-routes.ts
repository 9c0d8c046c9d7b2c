import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { anything, empty } from '../../shared/http/answers.ts';
import { accessErrors } from './access.ts';
import type { Through } from './through.ts';

const params = z.object({
  key: z.string(),
  path: z.string().describe('As below `/v1/sandboxes/{sandboxId}/`, with its query.'),
});

/** Everything of a sandbox by its workspace's key. The request goes on, its body unread, as one for the sandbox. */
export function throughRoutes(app: FastifyInstance, { through }: { through: Through }): void {
  app.addHook('onRequest', async (request, reply) => {
    const { raw, id, server } = request;
    await through.bring(raw);
    reply.hijack();
    if (reply.raw.destroyed) return;
    // So that both parts of its way have one id.
    raw.headers['x-request-id'] = id;
    server.routing(raw, reply.raw);
  });
  app.all(
    '/workspaces/:key/*',
    {
      schema: {
        tags: ['Workspaces'],
        operationId: 'reachWorkspace',
        summary: 'Anything of a workspace’s sandbox',
        description:
          'What `/v1/sandboxes/{sandboxId}/…` answers. `proxy/…` and `ports/…` wake it, and take what opens its doors there.',
        wildcard: { path: '{path}', params },
        security: [{ apiKey: [] }, { bearer: [] }, { signature: [] }, { accessToken: [] }],
        response: {
          101: empty('The receiver speaks the other protocol.'),
          default: anything('What the sandbox’s route says.'),
        },
        errors: [
          ...accessErrors,
          'INVALID_ACCESS_TOKEN',
          'INVALID_WORKSPACE_KEY',
          'WORKSPACE_NOT_FOUND',
          'WORKSPACE_HAS_NO_SANDBOX',
          // Of what there is below a sandbox, in its stead.
          'ROUTE_NOT_FOUND',
        ],
      },
    },
    () => undefined,
  );
}
