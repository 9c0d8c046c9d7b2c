import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { Endpoint } from '../../shared/api/sandboxes.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { egressHeader } from './egress-secret.ts';
import { portSecret } from './port-secrets.ts';
import { agentPorts, egressPort, portOf } from './ports.ts';

export interface EndpointOptions {
  sandboxes: Sandboxes;
  /** `host` or `host:port` under which clients reach this server; undefined: as the request did. */
  publicHost: string | undefined;
}

/**
 * Where a port of a sandbox is reached, and with what. The agent's port and the policy's each want a header; a port of the user's has a secret in
 * its path, so that a plain fetch and a browser's WebSocket work. Neither ever changes: clients keep them for ten minutes.
 * There is one way in, through this server, so that `use_server_proxy` makes no difference.
 */
export function endpointRoutes(untyped: FastifyInstance, { sandboxes, publicHost }: EndpointOptions): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/sandboxes/:sandboxId/endpoints/:port',
    schema: {
      tags: ['Sandboxes'],
      operationId: 'getEndpoint',
      summary: 'Where a port of a sandbox is reached',
      params: z.object({ sandboxId: z.string().min(1).max(256), port: z.string().max(20) }),
      querystring: z.object({
        use_server_proxy: z.string().optional().describe('All endpoints are: this changes nothing.'),
        expires: z
          .string()
          .max(100)
          .optional()
          .describe('For a port of the user’s: when the link ends, seconds since 1970.'),
      }),
      response: { 200: Endpoint },
      errors: ['INVALID_PORT', 'SANDBOX::INVALID_PARAMETER', 'DOCKER::SANDBOX_NOT_FOUND'],
    },
    handler: async (request): Promise<Endpoint> => {
      const row = sandboxes.get(request.params.sandboxId);
      // As it is on the wire: what is decoded may have been spelled in another way.
      const port = portOf(/\/endpoints\/([^/?#]*)/.exec(request.raw.url ?? '')?.[1] ?? '');
      const expires = expiresOf(request.query, port);
      const base = `${publicHost ?? hostOf(request)}/sandboxes/${row.id}`;
      if (port === egressPort)
        return { endpoint: `${base}/proxy/${port}`, headers: { [egressHeader]: row.egressSecret } };
      if (agentPorts.has(port)) return { endpoint: `${base}/proxy/${port}`, headers: { [tokenHeader]: row.token } };
      return { endpoint: `${base}/ports/${portSecret(row.portSecret, port, expires)}/proxy/${port}` };
    },
  });
}

function hostOf(request: FastifyRequest): string {
  return request.headers.host ?? `${request.socket.localAddress}:${request.socket.localPort}`;
}

/** Undefined: for as long as the sandbox lives. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
function expiresOf(query: { use_server_proxy?: string | undefined; expires?: string | undefined }, port: number) {
  const { expires: text, use_server_proxy: viaServer = 'false' } = query;
  if (text === undefined) return undefined;
  const seconds = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  // A clock's limit, as JavaScript has it.
  if (!(seconds * 1000 > Date.now() && seconds * 1000 <= 8.64e15)) throw wrong('a time to come, in seconds since 1970');
  if (agentPorts.has(port) || port === egressPort) {
    throw wrong('no such parameter: what opens this port lasts as long as the sandbox');
  }
  if (/^(true|1|yes|on)$/i.test(viaServer)) throw wrong('either this or use_server_proxy, as the protocol has it');
  return seconds;
}

function wrong(expected: string): ApiError {
  return new ApiError('SANDBOX::INVALID_PARAMETER', `expires: expected ${expected}`, { field: 'expires', expected });
}
