import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { Pool, PoolList } from '../../shared/api/pools.ts';
import type { SandboxStore } from '../sandboxes/store.ts';
import type { PoolFacts, Pools } from './pools.ts';

const tags = ['Pools'];

export interface PoolRouteOptions {
  pools: Pick<Pools, 'facts'>;
  sandboxes: Pick<SandboxStore, 'countByPool'>;
}

/** What stands by, to be looked at. How much does is said by templates, so that nothing is changed here. */
export function poolRoutes(untyped: FastifyInstance, { pools, sandboxes }: PoolRouteOptions): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  const facts = () => {
    const allocated = sandboxes.countByPool();
    return pools.facts().map((pool) => shown(pool, allocated[pool.name] ?? 0));
  };

  app.route({
    method: 'GET',
    url: '/pools',
    schema: {
      tags,
      operationId: 'listPools',
      summary: 'List the pools: one for each template that says how many of it stand by',
      response: { 200: PoolList },
    },
    handler: async () => ({ items: facts() }),
  });

  app.route({
    method: 'GET',
    url: '/pools/:poolName',
    schema: {
      tags,
      operationId: 'getPool',
      summary: 'Get one pool, by the name of its template',
      params: z.object({ poolName: z.string().min(1).max(256) }),
      response: { 200: Pool },
      errors: ['KUBERNETES::POOL_NOT_FOUND'],
    },
    handler: async ({ params: { poolName } }) => {
      const found = facts().find(({ name }) => name === poolName);
      if (found) return found;
      const message = `There is no pool ${poolName.slice(0, 100)}: no template of that name says how many stand by.`;
      throw new ApiError('KUBERNETES::POOL_NOT_FOUND', message, { field: 'poolName' });
    },
  });
}

function shown(
  { name, bounds: { min, max }, key, ready, making, target, counts }: PoolFacts,
  allocated: number,
): z.infer<typeof Pool> {
  return {
    name,
    capacitySpec: { bufferMin: min, bufferMax: max, poolMin: min, poolMax: max },
    status: {
      total: ready + making + allocated,
      allocated,
      available: ready,
      revision: key ?? '',
      starting: making,
      target,
    },
    counts,
  };
}
