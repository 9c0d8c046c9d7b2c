import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { makingErrors } from '../../shared/api/making-errors.ts';
import { pageQuery, paginationOf } from '../../shared/api/pages.ts';
import {
  EnsuredWorkspace,
  EnsureWorkspaceRequest,
  ProvisionedWorkspace,
  Workspace,
  WorkspaceList,
} from '../../shared/api/workspaces.ts';
import { emptyIsNoBody } from '../../shared/http/bodies.ts';
import { type Access, accessErrors, type Caller, requireOwn } from './access.ts';
import { keyIn, partsOfKey, requireIssuer } from './key.ts';
import { partsOf } from './path.ts';
import { shown, shownEnsured } from './shown.ts';
import type { WorkspaceRow } from './store.ts';
import type { Workspaces } from './workspaces.ts';

const Params = z.object({ key: z.string().describe('`issuer:subject`, percent-encoded.') });
const security: Record<string, string[]>[] = [{ apiKey: [] }, { bearer: [] }, { signature: [] }];
const about = { tags: ['Workspaces'], security };
const engine = ['ENGINE_UNAVAILABLE', 'ENGINE_TIMEOUT'] as const;

export interface WorkspaceRouteOptions {
  workspaces: Workspaces;
  access: Access;
}

/** The one sandbox of each key. */
export function workspaceRoutes(untyped: FastifyInstance, { workspaces, access }: WorkspaceRouteOptions): void {
  const callers = new WeakMap<FastifyRequest['raw'], Caller>();
  untyped.addHook('onRequest', async ({ raw }) => void callers.set(raw, access.require(raw)));
  /** The key as it is on the wire, if it is the caller's: what is decoded may have been spelled in another way. */
  const keyOf = ({ raw }: FastifyRequest) => {
    const key = keyIn(partsOf(raw.url ?? '').segment);
    requireOwn(callers.get(raw)!, key);
    return key;
  };
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  emptyIsNoBody(untyped);

  app.route({
    method: 'PUT',
    url: '/workspaces/:key',
    schema: {
      ...about,
      operationId: 'ensureWorkspace',
      summary: 'The sandbox of a key, made where there is none, and awake',
      description:
        'The body says what a sandbox is made with where one has to be made, and is not looked at otherwise. Without one it is what the last was made with.',
      params: Params,
      querystring: z.object({
        start: z
          .enum(['true', 'false'])
          .default('true')
          .describe(
            '`false`: it is only provisioned where there is none. Its sandbox is made by whoever first comes to it. Of one that is there, nothing is woken.',
          ),
      }),
      body: EnsureWorkspaceRequest,
      response: {
        200: z.union([EnsuredWorkspace, ProvisionedWorkspace]),
        201: z.union([EnsuredWorkspace, ProvisionedWorkspace]).describe('It was made.'),
      },
      errors: [
        ...accessErrors,
        'INVALID_WORKSPACE_KEY',
        'DOCKER::SANDBOX_NOT_RUNNING',
        'DOCKER::SANDBOX_RESUME_FAILED',
        'AGENT_UNREACHABLE',
        ...makingErrors,
      ],
    },
    handler: async (request, reply) => {
      const { query, body } = request;
      if (query.start === 'false') {
        const { workspace, created } = await workspaces.provision(keyOf(request), body ?? undefined);
        return reply.code(created ? 201 : 200).send({ ...shown(workspace, workspaces.sandboxOf(workspace)), created });
      }
      const ensured = await workspaces.ensure(keyOf(request), body ?? undefined);
      return reply.code(ensured.created ? 201 : 200).send(shownEnsured(ensured));
    },
  });

  app.route({
    method: 'GET',
    url: '/workspaces',
    schema: {
      ...about,
      operationId: 'listWorkspaces',
      summary: 'List workspaces, newest first',
      querystring: z.object({
        issuer: z.string().max(256).optional().describe('Those of this issuer.'),
        after: z
          .string()
          .max(400)
          .optional()
          .describe(
            'In place of a page: those whose keys come behind this one, in the order of their bytes. Empty: the first.',
          ),
        ...pageQuery,
      }),
      response: { 200: WorkspaceList },
      errors: [...accessErrors, 'INVALID_WORKSPACE_KEY'],
    },
    handler: async (request) => {
      const { page, pageSize, after } = request.query;
      const caller = callers.get(request.raw)!;
      const { issuer = caller.issuer } = request.query;
      if (issuer !== undefined) {
        requireIssuer(issuer);
        requireOwn(caller, { issuer });
      }
      const itemsOf = (rows: WorkspaceRow[]) => rows.map((row) => shown(row, workspaces.sandboxOf(row)));
      if (after !== undefined)
        return { items: itemsOf(workspaces.store.listAfter(issuer, partsOfKey(after), pageSize)) };
      const { rows, total } = workspaces.store.list(issuer, page, pageSize);
      return { items: itemsOf(rows), pagination: paginationOf(total, request.query) };
    },
  });

  app.route({
    method: 'GET',
    url: '/workspaces/:key',
    schema: {
      ...about,
      operationId: 'getWorkspace',
      summary: 'One workspace; its sandbox is not woken',
      params: Params,
      response: { 200: Workspace },
      errors: [...accessErrors, 'INVALID_WORKSPACE_KEY', 'WORKSPACE_NOT_FOUND'],
    },
    handler: async (request) => {
      const row = workspaces.get(keyOf(request));
      return shown(row, workspaces.sandboxOf(row));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/workspaces/:key',
    schema: {
      ...about,
      operationId: 'deleteWorkspace',
      summary: 'End a workspace’s sandbox and forget the key',
      params: Params,
      response: { 204: z.undefined() },
      errors: [
        ...accessErrors,
        'INVALID_WORKSPACE_KEY',
        'WORKSPACE_NOT_FOUND',
        'DOCKER::SANDBOX_DELETE_FAILED',
        ...engine,
      ],
    },
    handler: async (request, reply) => {
      await workspaces.remove(keyOf(request));
      return reply.code(204).send();
    },
  });

  app.route({
    method: 'POST',
    url: '/workspaces/:key/reset',
    schema: {
      ...about,
      operationId: 'resetWorkspace',
      summary: 'End a workspace’s sandbox and make another',
      description:
        'Without a body it is what the last was made with. A body that can’t be taken, or an image that can’t be had, leaves all as it was.',
      params: Params,
      body: EnsureWorkspaceRequest,
      response: { 201: EnsuredWorkspace.describe('It was made.') },
      errors: [
        ...accessErrors,
        'INVALID_WORKSPACE_KEY',
        'WORKSPACE_NOT_FOUND',
        'DOCKER::SANDBOX_DELETE_FAILED',
        ...makingErrors,
      ],
    },
    handler: async (request, reply) => {
      const ensured = await workspaces.reset(keyOf(request), request.body ?? undefined);
      return reply.code(201).send(shownEnsured(ensured));
    },
  });
}
