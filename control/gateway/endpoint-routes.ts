import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Endpoint } from '../../shared/api/sandboxes.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { agentPorts, portOf } from './ports.ts';

export interface EndpointOptions {
  sandboxes: Sandboxes;
  /** `host` or `host:port` under which clients reach this server; undefined: as the request did. */
  publicHost: string | undefined;
}

/**
 * Where a port of a sandbox is reached, and with what. The agent's port wants a header; a port of the user's has a secret in
 * its path, so that a plain fetch and a browser's WebSocket work. Neither ever changes: clients keep them for ten minutes.
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
      response: { 200: Endpoint },
    },
    handler: async (request) => {
      const row = sandboxes.get(request.params.sandboxId);
      // As it is on the wire: what is decoded may have been spelled in another way.
      const port = portOf(/\/endpoints\/([^/?#]*)/.exec(request.raw.url ?? '')?.[1] ?? '');
      const base = `${publicHost ?? hostOf(request)}/sandboxes/${row.id}`;
      if (agentPorts.has(port)) return { endpoint: `${base}/proxy/${port}`, headers: { [tokenHeader]: row.token } };
      return { endpoint: `${base}/ports/${row.portSecret}/proxy/${port}` };
    },
  });
}

function hostOf(request: FastifyRequest): string {
  return request.headers.host ?? `${request.socket.localAddress}:${request.socket.localPort}`;
}
