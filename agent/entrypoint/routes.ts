import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Claim } from '../../shared/api/claims.ts';
import type { Caller } from '../users/passwd.ts';
import type { Claims } from './claims.ts';
import type { Entrypoint } from './entrypoint.ts';

const tags = ['Entrypoint'];
const Started = z.object({ pid: z.int().describe('Process id in the sandbox.') });
const State = Started.partial().extend({
  born: z.string().describe('What this start of the container is told apart by from any other.'),
});

/** What control calls when the sandbox is shut in: only then does anything of the user's run. */
export function entrypointRoutes(
  untyped: FastifyInstance,
  { entrypoint, claims, caller }: { entrypoint: Entrypoint; claims: Claims; caller: () => Caller },
): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  // One after the other: who asks a second time, as the first has not been answered yet, must find what became of that.
  let turn: Promise<unknown> = Promise.resolve();

  app.route({
    method: 'POST',
    url: '/entrypoint',
    schema: {
      tags,
      operationId: 'startEntrypoint',
      summary: 'Start the user’s entrypoint, once',
      description:
        'With a body, what it says takes the place of what the sandbox was started as. Once the entrypoint has started, a body changes nothing.',
      body: Claim.nullish(),
      response: { 200: Started },
      errors: ['ENTRYPOINT_FAILED', 'UNKNOWN_USER', 'USER_NOT_ALLOWED', 'NOT_SUPPORTED', 'SPOOL_FULL'],
    },
    handler: ({ body }) => {
      const begun = turn.then(async () => {
        if (body) await claims.take(body);
        return { pid: await entrypoint.start(caller()) };
      });
      turn = begun.catch(() => {});
      return begun;
    },
  });

  app.route({
    method: 'GET',
    url: '/entrypoint',
    schema: {
      tags,
      operationId: 'getEntrypoint',
      summary: 'Whether the entrypoint was started',
      response: { 200: State },
      errors: ['ENTRYPOINT_FAILED', 'NOT_SUPPORTED'],
    },
    handler: async () => {
      const [pid, born] = await Promise.all([entrypoint.pid(), entrypoint.born()]);
      return { pid, born };
    },
  });
}
