import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Count } from '../../shared/api/counts.ts';
import { StreamEvent } from '../../shared/api/events.ts';
import {
  CreateExecutionRequest,
  FullExecution,
  KeptExecutionList,
  KeptExecutionStatus,
} from '../../shared/api/kept-executions.ts';
import { pageQuery, paginationOf } from '../../shared/api/pages.ts';
import { eventStream } from '../../shared/http/answers.ts';
import { sendEventStream } from '../../shared/http/event-stream.ts';
import { callerGone } from '../../shared/http/gone.ts';
import { executionEvents } from './events.ts';
import type { Executions } from './executions.ts';
import type { PlaceOptions } from './place.ts';
import { listed, shown } from './shown.ts';
import { requireStatuses, type Wait, waitOf, waitSignal } from './waits.ts';

const tags = ['Executions'];
const Id = z.object({ id: z.string().min(1).max(128) });
const wait = Count.optional().describe('Answer when it has finished, or after so many seconds, 300 at most.');
const prefer = z.string().max(1000).optional().describe('`wait=N` says the same.');
const lastEventId = { 'last-event-id': Count.optional() };

export interface ExecutionRouteOptions extends Pick<PlaceOptions, 'sandboxes'> {
  executions: Executions;
}

/** Code that is run in sandboxes, under an id. */
export function executionRoutes(untyped: FastifyInstance, { executions, sandboxes }: ExecutionRouteOptions): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const stream = (reply: FastifyReply, id: string, after: number) =>
    sendEventStream(reply, (signal) => executionEvents(executions, { sandboxes }, { id, after, signal }));
  const awaited = async (id: string, wanted: Wait | undefined, reply: FastifyReply) => {
    if (wanted) await executions.finished(id, waitSignal(wanted, callerGone(reply)));
    if (wanted?.preferred) reply.header('preference-applied', `wait=${wanted.seconds}`);
    return shown(executions.get(id));
  };

  app.route({
    method: 'POST',
    url: '/executions',
    schema: {
      tags,
      operationId: 'createExecution',
      summary: 'Run code, or one handler of it in AWS Lambda’s form',
      description:
        'Answers at once; with `wait` when it has finished. With `Accept: text/event-stream`, or `stream=true`, the answer is its events, and `Location` says where it is to be asked for.',
      headers: z.object({ prefer, accept: z.string().optional() }),
      querystring: z.object({ wait, stream: z.enum(['true', 'false']).optional() }),
      body: CreateExecutionRequest,
      response: {
        201: {
          description: 'It is written down, and begins. `Preference-Applied` says that `Prefer` was heeded.',
          headers: { location: 'Path of the execution.' },
          content: { 'application/json': { schema: FullExecution }, 'text/event-stream': { schema: StreamEvent } },
        },
      },
      errors: [
        'INVALID_WORKSPACE_KEY',
        'WORKSPACE_NOT_FOUND',
        'DOCKER::SANDBOX_NOT_FOUND',
        'INVALID_TEMPLATE_NAME',
        'TEMPLATE_NOT_FOUND',
        'CAPACITY_EXCEEDED',
      ],
    },
    handler: async (request, reply) => {
      const { id } = executions.create(request.body);
      reply.code(201).header('location', `/v1/executions/${id}`);
      const asks = request.headers.accept?.includes('text/event-stream') ?? false;
      if (request.query.stream === 'true' || (asks && request.query.stream === undefined)) return stream(reply, id, -1);
      return reply.send(await awaited(id, waitOf(request.query.wait, request.headers.prefer), reply));
    },
  });

  app.route({
    method: 'GET',
    url: '/executions',
    schema: {
      tags,
      operationId: 'listExecutions',
      summary: 'List executions, newest first',
      querystring: z.object({
        workspace: z.string().max(400).optional().describe('Those of the workspace of this key.'),
        sandboxId: z.string().max(256).optional(),
        status: z
          .union([z.string(), z.array(z.string())])
          .optional()
          .describe('Repeatable: any of these.'),
        ...pageQuery,
      }),
      response: { 200: KeptExecutionList },
      errors: ['INVALID_PARAMETER'],
    },
    handler: async (request) => {
      const { workspace, sandboxId, status, page, pageSize } = request.query;
      const statuses = requireStatuses(KeptExecutionStatus.options, status);
      const { rows, total } = executions.store.list(
        { workspace, sandboxId, statuses },
        pageSize,
        (page - 1) * pageSize,
      );
      return { items: rows.map(listed), pagination: paginationOf(total, request.query) };
    },
  });

  app.route({
    method: 'GET',
    url: '/executions/:id',
    schema: {
      tags,
      operationId: 'getExecution',
      summary: 'One execution: what was run, how it does, and what came of it',
      params: Id,
      headers: z.object({ prefer }),
      querystring: z.object({ wait }),
      response: { 200: FullExecution },
      errors: ['EXECUTION_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const { id } = executions.get(request.params.id);
      return awaited(id, waitOf(request.query.wait, request.headers.prefer), reply);
    },
  });

  app.route({
    method: 'GET',
    url: '/executions/:id/events',
    schema: {
      tags,
      operationId: 'followExecution',
      summary: 'Follow an execution, from the start or after the event named by Last-Event-ID',
      description:
        'The texts of all its `stdout` events together are what it put out there; `stderr` likewise. The last event is `execution_complete` or `error`.',
      params: Id,
      headers: z.object(lastEventId),
      response: { 200: eventStream(StreamEvent) },
      errors: ['EXECUTION_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const { id } = executions.get(request.params.id);
      return stream(reply, id, request.headers['last-event-id'] ?? -1);
    },
  });
}
