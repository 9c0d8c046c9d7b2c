import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { ApiError } from '../../shared/api/errors.ts';
import { catalogue } from '../../shared/api/tools/catalogue.ts';
import { answerOf } from '../../shared/api/tools/envelope.ts';
import { shownTool, ToolList } from '../../shared/api/tools/shown.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import { emptyIsNoBody } from '../../shared/http/bodies.ts';
import { callerGone } from '../../shared/http/gone.ts';
import { type Access, type Caller, requireOwn } from '../workspaces/access.ts';
import { keyIn, type WorkspaceKey } from '../workspaces/key.ts';
import { partsOf } from '../workspaces/path.ts';
import { callTool, type ToolOptions } from './call.ts';
import { aboutTools, askErrors, callErrors } from './described.ts';
import { importRoutes } from './import-routes.ts';

/** Bytes of a call: a file's content may be among it. */
const bodyLimit = 8 * 1024 * 1024;

export interface ToolRouteOptions extends ToolOptions {
  access: Access;
}

/** The tools of a workspace: what there are, and one operation for each. */
export function toolRoutes(untyped: FastifyInstance, { access, ...options }: ToolRouteOptions): void {
  const callers = new WeakMap<FastifyRequest['raw'], Caller>();
  const keys = new WeakMap<FastifyRequest['raw'], WorkspaceKey>();
  untyped.addHook('onRequest', async ({ raw }) => void callers.set(raw, access.require(raw)));
  untyped.addHook('preHandler', async ({ raw }) => {
    const key = keyIn(partsOf(raw.url ?? '').segment);
    requireOwn(callers.get(raw)!, key);
    keys.set(raw, key);
  });
  emptyIsNoBody(untyped);
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/workspaces/:key/tools',
    schema: {
      ...aboutTools,
      operationId: 'listTools',
      summary: 'The tools of a workspace, with the schemas of what they take and answer',
      description: 'They are the same for every workspace. Nothing is made or woken.',
      response: { 200: ToolList },
      errors: askErrors,
    },
    handler: async () => ({ tools: catalogue.map(shownTool) }),
  });

  const serve = (tool: Tool, name: string) =>
    untyped.route({
      method: 'POST',
      url: `/workspaces/:key/tools/${name}`,
      bodyLimit,
      // What is wrong with the parameters is the tool's answer.
      validatorCompiler: () => (value) => ({ value }),
      schema: {
        ...aboutTools,
        hide: name !== tool.name,
        operationId: `call${tool.name[0]!.toUpperCase()}${tool.name.slice(1)}`,
        summary: tool.title,
        description: describe(tool),
        body: tool.parameters,
        response: { 200: answerOf(tool) },
        errors: callErrors,
      },
      handler: async ({ raw, body: parameters }, reply) =>
        callTool(options, { key: keys.get(raw)!, tool, parameters, signal: callerGone(reply) }),
    });
  for (const tool of catalogue) for (const name of [tool.name, ...tool.aliases]) serve(tool, name);

  importRoutes(untyped, { ...options, keyOf: (request) => keys.get(request)! });

  untyped.route({
    method: 'POST',
    url: '/workspaces/:key/tools/:name',
    schema: { hide: true },
    handler: async ({ params }) => {
      const { name } = params as { name: string };
      throw new ApiError('TOOL_NOT_FOUND', `There is no tool ${name.slice(0, 100)}.`, {
        field: 'name',
        expected: catalogue.map((tool) => tool.name).join(', '),
      });
    },
  });
}

function describe({ description, aliases }: Tool): string {
  if (aliases.length === 0) return description;
  return `${description} Also called ${aliases.map((name) => `\`${name}\``).join(', ')}.`;
}
