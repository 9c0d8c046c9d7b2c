import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { AgentActivity } from '../../shared/api/activity.ts';

/** What of each kind is at work now. */
export type AtWork = { [K in keyof AgentActivity]: () => number };

/** What control asks before it freezes or stops a sandbox that nobody uses. Being asked is no work. */
export function activityRoutes(untyped: FastifyInstance, { commands, cells, sessions, terminals }: AtWork): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/activity',
    schema: {
      tags: ['Health'],
      operationId: 'getActivity',
      summary: 'What is at work in the sandbox',
      response: { 200: AgentActivity },
    },
    handler: async () => ({ commands: commands(), cells: cells(), sessions: sessions(), terminals: terminals() }),
  });
}
