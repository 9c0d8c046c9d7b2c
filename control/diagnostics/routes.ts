import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DiagnosticContent } from '../../shared/api/diagnostics.ts';
import { type Answer, plainText } from '../../shared/http/answers.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { Diagnostics } from './diagnostics.ts';
import { sinceOf } from './since.ts';

const Params = z.object({ sandboxId: z.string().min(1).max(256) });
const tags = ['Diagnostics'];
const scope = z.string().max(100).optional().describe('With it the answer is JSON; without, text.');
const tail = z.coerce.number().int().min(1).max(10_000);
const limit = z.coerce.number().int().min(1).max(500);
const unknown = 'DOCKER::SANDBOX_NOT_FOUND';
const engine = ['ENGINE_UNAVAILABLE', 'ENGINE_TIMEOUT'] as const;

/** The newer API of OpenSandbox asks for a scope. */
function either(description: string): Answer {
  return {
    description: `${description} As text with \`Deprecation: true\`, unless a scope is asked for.`,
    content: { 'application/json': { schema: DiagnosticContent }, 'text/plain': { schema: z.string() } },
  };
}

/** What helps who looks for a fault. As text, for people, and where a scope is asked for with its description, as JSON. */
export function diagnosticRoutes(untyped: FastifyInstance, { sandboxes }: { sandboxes: Sandboxes }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const diagnostics = new Diagnostics(sandboxes);

  app.route({
    method: 'GET',
    url: '/sandboxes/:sandboxId/diagnostics/logs',
    schema: {
      tags,
      operationId: 'getSandboxLogs',
      summary: 'Output of the entrypoint, each line with its time',
      params: Params,
      querystring: z.object({
        scope,
        tail: tail.default(100),
        since: z.string().max(100).optional().describe('10m, 1h30m, 2d ago; or an RFC 3339 time.'),
      }),
      response: { 200: either('Its last lines.') },
      errors: [unknown, 'DIAGNOSTICS_SCOPE_UNSUPPORTED', ...engine],
    },
    handler: async (request, reply) => {
      const { sandboxId } = request.params;
      const { scope, tail, since } = request.query;
      if (scope !== undefined) return diagnostics.scopedLogs(sandboxId, scope);
      const text = await diagnostics.logs(sandboxId, { tail, since: sinceOf(since, Date.now()) });
      return plain(reply.header('deprecation', 'true'), text || '(no logs)\n');
    },
  });

  app.route({
    method: 'GET',
    url: '/sandboxes/:sandboxId/diagnostics/events',
    schema: {
      tags,
      operationId: 'getSandboxEvents',
      summary: 'What happened to a sandbox',
      params: Params,
      querystring: z.object({ scope, limit: limit.default(50) }),
      response: { 200: either('A line for each, the oldest first.') },
      errors: [unknown, 'DIAGNOSTICS_SCOPE_UNSUPPORTED'],
    },
    handler: async (request, reply) => {
      const { sandboxId } = request.params;
      const { scope, limit } = request.query;
      if (scope !== undefined) return diagnostics.scopedEvents(sandboxId, scope);
      return plain(reply.header('deprecation', 'true'), diagnostics.events(sandboxId, limit) || '(no events)\n');
    },
  });

  app.route({
    method: 'GET',
    url: '/sandboxes/:sandboxId/diagnostics/inspect',
    schema: {
      tags,
      operationId: 'inspectSandbox',
      summary: 'State, limits, use and container of a sandbox as text',
      params: Params,
      response: { 200: plainText('A line for each, for people.') },
      errors: [unknown, ...engine],
    },
    handler: async (request, reply) => plain(reply, await diagnostics.inspect(request.params.sandboxId)),
  });

  app.route({
    method: 'GET',
    url: '/sandboxes/:sandboxId/diagnostics/summary',
    schema: {
      tags,
      operationId: 'summarizeSandbox',
      summary: 'All of that as one page',
      params: Params,
      querystring: z.object({ tail: tail.default(50), event_limit: limit.default(20) }),
      response: { 200: plainText('For people.') },
      errors: [unknown],
    },
    handler: async (request, reply) => {
      const { tail, event_limit: limit } = request.query;
      return plain(reply, await diagnostics.summary(request.params.sandboxId, { tail, limit }));
    },
  });
}

function plain(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send(text);
}
