import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CommandStatus } from '../../shared/api/commands.ts';
import { Count } from '../../shared/api/counts.ts';
import { ProgramReport, RunProgramRequest } from '../../shared/api/programs.ts';
import type { Programs } from './programs.ts';

const tags = ['Programs'];
const usualMost = 1024 * 1024;
/** More of a handler's word is not read into the agent's memory. */
const mostMost = 16 * 1024 * 1024;

/** Code that is run as a command: start it, and ask what became of it. Its events, output and end are a command's. */
export function programRoutes(untyped: FastifyInstance, { programs }: { programs: Programs }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'POST',
    url: '/programs',
    schema: {
      tags,
      operationId: 'runProgram',
      summary: 'Run code, or one handler of it in AWS Lambda’s form',
      description:
        'It is a command of that id: `/command/{id}/events`, `/command/{id}/output` and `DELETE /command` are for it too.',
      body: RunProgramRequest,
      response: { 200: CommandStatus },
      errors: [
        'INVALID_PARAMETER',
        'KERNEL_NOT_AVAILABLE',
        'WORKING_DIRECTORY_NOT_FOUND',
        'UNKNOWN_USER',
        'USER_NOT_ALLOWED',
        'TOO_MANY_COMMANDS',
        'SPOOL_FULL',
      ],
    },
    handler: async (request) => (await programs.start(request.body)).status(),
  });

  app.route({
    method: 'GET',
    url: '/programs/:id',
    schema: {
      tags,
      operationId: 'getProgram',
      summary: 'How a program does or ended, and what its handler said',
      params: z.object({ id: z.string().min(1).max(128) }),
      querystring: z.object({
        most: Count.default(usualMost).describe(
          'Bytes of the handler’s word, at most 16 MiB. Of more only the size is told.',
        ),
      }),
      response: { 200: ProgramReport },
      errors: ['COMMAND_NOT_FOUND'],
    },
    handler: async (request) => programs.report(request.params.id, Math.min(request.query.most, mostMost)),
  });
}
