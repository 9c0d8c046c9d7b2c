import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { makingErrors } from '../../shared/api/making-errors.ts';
import {
  CreateSessionRequest,
  SessionStatus,
  TemplateSession,
  TemplateSessionList,
} from '../../shared/api/template-sessions.ts';
import { callerGone } from '../../shared/http/gone.ts';
import type { Executions } from '../executions/executions.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { hasEnded } from '../sandboxes/states.ts';
import { sandboxRequest, sessionLabel, sessionRow, shownSession } from './session.ts';

export const Id = z.object({ id: z.string().min(1).max(256) });
export const tags = ['Sessions'];
const everything = 1_000_000;

/** Which part of a list is asked for. */
export const partQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(everything).default(0),
};

export interface SessionRouteOptions {
  sandboxes: Sandboxes;
  executions: Executions;
}

/** Sandboxes as the sessions of a sandbox control plane, whose clients find their routes here. */
export function templateSessionRoutes(untyped: FastifyInstance, { sandboxes, executions }: SessionRouteOptions): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'POST',
    url: '/sessions',
    schema: {
      tags,
      operationId: 'createTemplateSession',
      summary: 'Make a session of a template',
      body: CreateSessionRequest,
      response: { 201: TemplateSession },
      errors: makingErrors,
    },
    handler: async (request, reply) => {
      const entrypoint = executions.entrypointOf(request.body.template_id, 'template_id');
      const wish = sandboxRequest(request.body, entrypoint);
      const row = await sandboxes.create(wish, { gone: callerGone(reply) });
      return reply.code(201).send(shownSession(row, sandboxes.runtime.name));
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions',
    schema: {
      tags,
      operationId: 'listTemplateSessions',
      summary: 'List sessions, newest first',
      querystring: z.object({
        status: SessionStatus.optional(),
        template_id: z.string().max(256).optional(),
        ...partQuery,
      }),
      response: { 200: TemplateSessionList },
      errors: [],
    },
    handler: async (request) => {
      const { status, template_id: template, limit, offset } = request.query;
      const { rows } = sandboxes.store.list({ states: [], metadata: { [sessionLabel]: '1' } }, 1, everything);
      const found = rows
        .map((row) => shownSession(row, sandboxes.runtime.name))
        .filter((one) => (status ?? one.status) === one.status && (template ?? one.template_id) === one.template_id);
      return { sessions: found.slice(offset, offset + limit), total: found.length, limit, offset };
    },
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id',
    schema: {
      tags,
      operationId: 'getTemplateSession',
      summary: 'One session; it is not woken',
      params: Id,
      response: { 200: TemplateSession },
      errors: ['SESSION_NOT_FOUND'],
    },
    handler: async (request) => shownSession(sessionRow(sandboxes, request.params.id), sandboxes.runtime.name),
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id',
    schema: {
      tags,
      operationId: 'terminateTemplateSession',
      summary: 'End a session',
      description: 'It is told of for an hour, and so are its executions.',
      params: Id,
      response: { 200: TemplateSession },
      errors: ['SESSION_NOT_FOUND', 'DOCKER::SANDBOX_DELETE_FAILED', 'ENGINE_UNAVAILABLE', 'ENGINE_TIMEOUT'],
    },
    handler: async (request) => {
      const { id, state } = sessionRow(sandboxes, request.params.id);
      const message = 'Session terminated successfully';
      if (!hasEnded(state)) await sandboxes.end(id, { reason: 'user_delete', message });
      return shownSession(sessionRow(sandboxes, id), sandboxes.runtime.name);
    },
  });
}
