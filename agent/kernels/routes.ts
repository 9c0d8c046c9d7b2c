import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CodeKernel } from '../../shared/api/code.ts';
import type { Kernels } from './kernels.ts';

/** From a cold disk, with a tenth of a processor. */
const patienceMs = 120_000;

/** Which kernels there are, and having them wait. */
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
  app.route({
    method: 'POST',
    url: '/code/kernels/warm',
    schema: {
      tags: ['CodeInterpreting'],
      operationId: 'warmKernels',
      summary: 'Have kernels of Python ready before anybody asks for one',
      description: 'Answers when what they are forked of has done so, and as many wait as the settings say.',
      response: {
        200: z.object({ ready: z.boolean().describe('False where kernels of Python are not forks here.') }),
      },
      errors: ['KERNEL_NOT_AVAILABLE', 'KERNEL_DIED', 'UNKNOWN_USER', 'USER_NOT_ALLOWED', 'SPOOL_FULL'],
    },
    handler: async () => ({ ready: await kernels.warm(AbortSignal.timeout(patienceMs)) }),
  });
}
