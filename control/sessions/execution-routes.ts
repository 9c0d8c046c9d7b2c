import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  ExecuteRequest,
  ExecuteResponse,
  SessionExecution,
  SessionExecutionDetail,
  SessionExecutionList,
  SessionResult,
} from '../../shared/api/template-sessions.ts';
import { callerGone } from '../../shared/http/gone.ts';
import { executionRequest, shownExecution, shownResult } from './execution.ts';
import { Id, partQuery, type SessionRouteOptions, tags } from './routes.ts';
import { sessionRow } from './session.ts';

/** How long a caller waits for a result on one request. */
const mostWaitMs = 3_600_000;
const executeErrors = ['SESSION_NOT_FOUND', 'CAPACITY_EXCEEDED'] as const;

/** Executions of sessions, as clients of a sandbox control plane know them. */
export function sessionExecutionRoutes(untyped: FastifyInstance, { sandboxes, executions }: SessionRouteOptions): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const begin = (id: string, body: ExecuteRequest) =>
    executions.create(executionRequest(sessionRow(sandboxes, id).id, body));

  for (const [url, operationId] of [
    ['/sessions/:id/execute', 'executeInSession'],
    ['/executions/sessions/:id/execute', 'executeInSessionToo'],
  ] as const) {
    app.route({
      method: 'POST',
      url,
      schema: {
        tags,
        operationId,
        summary: 'Run code in a session',
        params: Id,
        body: ExecuteRequest,
        response: { 201: ExecuteResponse },
        errors: executeErrors,
      },
      handler: async (request, reply) => {
        const { id, createdAt } = begin(request.params.id, request.body);
        const submitted = new Date(createdAt).toISOString();
        const answer = {
          execution_id: id,
          session_id: request.params.id,
          status: 'submitted',
          submitted_at: submitted,
        };
        return reply.code(201).send(answer);
      },
    });
  }

  app.route({
    method: 'POST',
    url: '/executions/sessions/:id/execute-sync',
    schema: {
      tags,
      operationId: 'executeInSessionAndWait',
      summary: 'Run code in a session, and answer with what came of it',
      params: Id,
      querystring: z.object({ sync_timeout: z.coerce.number().min(1).max(3600).optional().describe('Seconds.') }),
      body: ExecuteRequest,
      response: { 200: SessionResult },
      errors: executeErrors,
    },
    handler: async (request, reply) => {
      const { id } = begin(request.params.id, request.body);
      const ms = (request.query.sync_timeout ?? mostWaitMs / 1000) * 1000;
      await executions.finished(id, AbortSignal.any([callerGone(reply), AbortSignal.timeout(ms)]));
      return shownResult(executions.get(id));
    },
  });

  for (const [url, operationId] of [
    ['/sessions/:id/executions', 'listSessionExecutions'],
    ['/executions/sessions/:id/executions', 'listSessionExecutionsToo'],
  ] as const) {
    app.route({
      method: 'GET',
      url,
      schema: {
        tags,
        operationId,
        summary: 'List the executions of a session, newest first',
        params: Id,
        querystring: z.object(partQuery),
        response: { 200: SessionExecutionList },
        errors: ['SESSION_NOT_FOUND'],
      },
      handler: async (request) => {
        const { limit, offset } = request.query;
        const { id: sandboxId } = sessionRow(sandboxes, request.params.id);
        const { rows, total } = executions.store.list({ sandboxId, statuses: [] }, limit, offset);
        return { executions: rows.map(shownExecution), total, limit, offset };
      },
    });
  }

  const about = { tags, params: Id, errors: ['EXECUTION_NOT_FOUND'] as const };
  app.route({
    method: 'GET',
    url: '/executions/:id',
    schema: {
      ...about,
      operationId: 'getSessionExecution',
      summary: 'One execution',
      response: { 200: SessionExecutionDetail },
    },
    handler: async (request) => {
      const row = executions.get(request.params.id);
      return { ...shownExecution(row), code: row.code, result: shownResult(row) };
    },
  });

  app.route({
    method: 'GET',
    url: '/executions/:id/status',
    schema: {
      ...about,
      operationId: 'getSessionExecutionStatus',
      summary: 'How it does',
      response: { 200: SessionExecution },
    },
    handler: async (request) => shownExecution(executions.get(request.params.id)),
  });

  app.route({
    method: 'GET',
    url: '/executions/:id/result',
    schema: {
      ...about,
      operationId: 'getSessionExecutionResult',
      summary: 'What came of it',
      response: { 200: SessionResult },
    },
    handler: async (request) => shownResult(executions.get(request.params.id)),
  });
}
