import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { commandIdHeader } from '../../shared/api/tools/command-fields.ts';
import { callerGone } from '../../shared/http/gone.ts';
import type { ActingOptions } from '../files/acting.ts';
import { toolCall } from './call.ts';
import type { Implemented } from './implemented.ts';

/** As this program makes them itself. Anything else is no id. */
const Id = z.string().regex(/^[0-9a-f]{32}$/);
/** Bytes of a call: a file's content may be among it. */
const bodyLimit = 8 * 1024 * 1024;

export interface ToolRoutesOptions extends ActingOptions {
  tools: Implemented[];
}

/** One operation for each tool. What it is refused with is the tool's failure, in the codes of what it uses. */
export function toolRoutes(app: FastifyInstance, { tools, ...options }: ToolRoutesOptions): void {
  for (const { tool, run, errors } of tools) {
    app.route({
      method: 'POST',
      url: `/tools/${tool.name}`,
      bodyLimit,
      // Null and unknown fields are taken too: the parameters are read by the tool.
      validatorCompiler: () => (value) => ({ value }),
      schema: {
        tags: ['Tool'],
        operationId: `call${tool.name[0]!.toUpperCase()}${tool.name.slice(1)}`,
        summary: tool.title,
        description: tool.description,
        body: tool.parameters,
        response: { 200: tool.result },
        errors: ['UNKNOWN_USER', 'USER_NOT_ALLOWED', ...errors],
      },
      handler: async ({ body, headers }, reply) => {
        const call = { signal: callerGone(reply), commandId: Id.safeParse(headers[commandIdHeader]).data };
        return run(body, (parameters) => toolCall(parameters, call, options));
      },
    });
  }
}
