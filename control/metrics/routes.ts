import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { preferred } from '../../shared/http/accept.ts';
import { endOfOpenMetrics, exposition, expositionTypes } from '../../shared/metrics/exposition.ts';
import type { Pools } from '../pools/pools.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { ControlMetrics } from './control-metrics.ts';
import { sandboxUsages } from './sandbox-usages.ts';

/** Metrics of this server and of every sandbox, for Prometheus. Reads the host's files: no sandbox is woken, none is asked. */
export function metricsRoutes(
  untyped: FastifyInstance,
  {
    sandboxes,
    snapshots,
    workspaces,
    pools,
  }: { sandboxes: Sandboxes; snapshots: Snapshots; workspaces: Workspaces; pools: Pools },
): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const metrics = new ControlMetrics({
    sandboxes: sandboxes.store,
    snapshots: snapshots.store,
    workspaces: workspaces.store,
  });
  metrics.pools(pools);
  metrics.tiers(sandboxes.store, sandboxes.tierChanges);
  metrics.disks(sandboxes.disks, (id) => sandboxes.store.get(id)?.limits.disk);
  app.addHook('onClose', async () => metrics.close());

  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      tags: ['Operation'],
      operationId: 'getMetrics',
      summary: 'Metrics of this server and of every sandbox, for Prometheus',
      response: {
        200: {
          description: 'Text as Prometheus reads it; OpenMetrics where Accept asks for it.',
          content: { 'text/plain': { schema: z.string() }, 'application/openmetrics-text': { schema: z.string() } },
        },
      },
      errors: ['METRICS_NOT_AVAILABLE'],
    },
    handler: async (request, reply) => {
      const format = preferred(request.headers.accept, [
        { name: 'prometheus', type: 'text/plain' },
        { name: 'openmetrics', type: 'application/openmetrics-text' },
      ]);
      const [own, usages] = await Promise.all([metrics.text(format), sandboxUsages(sandboxes)]).catch((cause) => {
        throw new ApiError('METRICS_NOT_AVAILABLE', 'The metrics could not be read.', { cause });
      });
      const end = format === 'openmetrics' ? endOfOpenMetrics : '';
      return reply.type(expositionTypes[format]).send(own + exposition(usages, format) + end);
    },
  });
}
