import type { FastifyInstance } from 'fastify';
import { callerGone } from '../../shared/http/gone.ts';
import type { ActingOptions } from '../files/acting.ts';
import { toolCall } from './call.ts';
import type { Implemented } from './implemented.ts';

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
      handler: async ({ body }, reply) => {
        const signal = callerGone(reply);
        return run(body, (parameters) => toolCall(parameters, signal, options));
      },
    });
  }
}
