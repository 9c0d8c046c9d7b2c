import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';
import { plainText } from '../../shared/http/answers.ts';
import { requireEgressSecret } from '../gateway/egress-secret.ts';
import type { Keys } from '../gateway/keys.ts';
import type { Passes } from '../gateway/passes.ts';
import { egressPort } from '../gateway/ports.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Policies } from './policies.ts';
import { policyRoutes } from './routes.ts';

export interface SidecarOptions {
  sandboxes: Sandboxes;
  policies: Policies;
  keys: Keys;
  passes: Passes;
  network: boolean;
}

const path = `/proxy/${egressPort}`;
const params = z.object({ sandboxId: z.string().min(1).max(256) });

const vaultRoutes = [
  ['POST', '', 'createCredentialVault'],
  ['GET', '', 'getCredentialVault'],
  ['PATCH', '', 'patchCredentialVault'],
  ['DELETE', '', 'deleteCredentialVault'],
  ['GET', '/credentials', 'listCredentials'],
  ['GET', '/credentials/:name', 'getCredential'],
  ['GET', '/bindings', 'listBindings'],
  ['GET', '/bindings/:name', 'getBinding'],
] as const;

/**
 * What OpenSandbox's clients know as the egress sidecar of a sandbox, at a port of its own. Here there is no second container: this server
 * answers, out of the sandbox's reach, and wants a secret that nothing in the sandbox holds.
 */
export async function sidecarRoutes(app: FastifyInstance, options: SidecarOptions): Promise<void> {
  const { sandboxes, policies, keys, passes, network } = options;
  acceptForms(app);
  app.route({
    method: 'GET',
    url: `/sandboxes/:sandboxId${path}/healthz`,
    schema: {
      tags: ['Egress'],
      operationId: 'getEgressHealth',
      summary: 'Whether the policy of a sandbox can be asked for',
      security: [],
      params,
      response: { 200: plainText('`ok`') },
      errors: ['DOCKER::SANDBOX_NOT_FOUND', 'DOCKER::SANDBOX_NOT_RUNNING'],
    },
    handler: async (request, reply) => {
      policies.get((request.params as { sandboxId: string }).sandboxId);
      return reply.type('text/plain; charset=utf-8').send('ok');
    },
  });
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request: FastifyRequest) => {
      const { sandboxId } = request.params as { sandboxId: string };
      if (passes.prefixFor(request.raw, sandboxId) !== undefined) return;
      requireEgressSecret(request.headers, () => sandboxes.get(sandboxId), keys);
    });
    const security: Pick<FastifySchema, 'security'> & { errors: readonly ErrorCode[] } = {
      security: [{ egressSecret: [] }, { apiKey: [] }, { bearer: [] }],
      errors: ['INVALID_ACCESS_TOKEN'],
    };
    policyRoutes(guarded, { policies, path: `${path}/policy`, name: 'EgressPolicy', security, network });
    for (const [method, rest, operationId] of vaultRoutes) {
      guarded.route({
        method,
        url: `/sandboxes/:sandboxId${path}/credential-vault${rest}`,
        schema: {
          tags: ['Egress'],
          operationId,
          summary: 'Not supported: nothing is put into the traffic of sandboxes',
          ...security,
          params: rest.includes(':') ? params.extend({ name: z.string() }) : params,
          errors: [...security.errors, 'DOCKER::SANDBOX_NOT_FOUND', 'NOT_SUPPORTED'],
        },
        handler: async (request) => {
          sandboxes.get((request.params as { sandboxId: string }).sandboxId);
          throw new ApiError(
            'NOT_SUPPORTED',
            'There is no credential vault here: nothing is put into the traffic of sandboxes.',
          );
        },
      });
    }
  });
}

/** The original reads a body as JSON whatever its type is said to be: this is what `curl -d` says. An empty one is none. */
function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const types = ['application/json', 'application/x-www-form-urlencoded'];
  app.addContentTypeParser(types, { parseAs: 'string' }, (_, text, done) => {
    try {
      done(null, String(text).trim() === '' ? undefined : JSON.parse(String(text)));
    } catch (error) {
      const message = `The body is not valid JSON: ${(error as Error).message}`;
      done(new ApiError('INVALID_REQUEST_BODY', message, { field: 'body', expected: 'a JSON document' }), undefined);
    }
  });
}
