import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CodeKernel } from '../../shared/api/code.ts';
import type { Kernels } from './kernels.ts';

/** Which kernels there are. */
export function kernelRoutes(untyped: FastifyInstance, { kernels }: { kernels: Kernels }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  app.route({
    method: 'GET',
    url: '/code/kernels',
    schema: {
      tags: ['CodeInterpreting'],
      operationId: 'listKernels',
      summary: 'List the kernels that contexts can have',
      response: { 200: z.array(CodeKernel) },
      errors: ['KERNEL_NOT_AVAILABLE', 'KERNEL_SERVER_UNREACHABLE', 'KERNEL_SERVER_REFUSED'],
    },
    handler: async () => kernels.list(),
  });
}
