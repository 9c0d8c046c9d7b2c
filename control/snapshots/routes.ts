import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { pageQuery, paginationOf, stateQuery, statesOf } from '../../shared/api/pages.ts';
import { CreateSnapshotRequest, Snapshot, SnapshotList } from '../../shared/api/snapshots.ts';
import type { Snapshots } from './snapshots.ts';
import { allSnapshotStates } from './states.ts';
import type { SnapshotRow } from './store.ts';

const Params = z.object({ snapshotId: z.string().min(1).max(256) });
const tags = ['Snapshots'];

/** Snapshots of sandboxes, as OpenSandbox's clients know them. */
export function snapshotRoutes(untyped: FastifyInstance, { snapshots }: { snapshots: Snapshots }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'POST',
    url: '/sandboxes/:sandboxId/snapshots',
    schema: {
      tags,
      operationId: 'createSnapshot',
      summary: 'Begin to copy a sandbox’s files',
      params: z.object({ sandboxId: z.string().min(1).max(256) }),
      body: CreateSnapshotRequest,
      response: {
        202: {
          description: 'It is being made.',
          headers: { location: 'Path of the snapshot.' },
          content: { 'application/json': { schema: Snapshot } },
        },
      },
      errors: ['DOCKER::SANDBOX_NOT_FOUND', 'SNAPSHOT::INVALID_SOURCE_STATE', 'CAPACITY_EXCEEDED'],
    },
    handler: async (request, reply) => {
      const row = snapshots.create(request.params.sandboxId, request.body);
      return reply.code(202).header('location', `/v1/snapshots/${row.id}`).send(shown(row));
    },
  });

  app.route({
    method: 'GET',
    url: '/snapshots',
    schema: {
      tags,
      operationId: 'listSnapshots',
      summary: 'List snapshots, newest first',
      querystring: z.object({
        sandboxId: z.string().max(256).optional().describe('Those of this sandbox.'),
        name: z.string().max(256).optional().describe('Those of exactly this name.'),
        state: stateQuery,
        ...pageQuery,
      }),
      response: { 200: SnapshotList },
    },
    handler: async (request) => {
      const { sandboxId, name, state, page, pageSize } = request.query;
      const filter = { sandboxId, name, states: statesOf(allSnapshotStates, state) };
      const { rows, total } = snapshots.store.list(filter, page, pageSize);
      return { items: rows.map(shown), pagination: paginationOf(total, request.query) };
    },
  });

  app.route({
    method: 'GET',
    url: '/snapshots/:snapshotId',
    schema: {
      tags,
      operationId: 'getSnapshot',
      summary: 'One snapshot',
      params: Params,
      response: { 200: Snapshot },
      errors: ['SNAPSHOT::NOT_FOUND'],
    },
    handler: async (request) => shown(snapshots.get(request.params.snapshotId)),
  });

  app.route({
    method: 'DELETE',
    url: '/snapshots/:snapshotId',
    schema: {
      tags,
      operationId: 'deleteSnapshot',
      summary: 'Remove a snapshot',
      params: Params,
      response: { 204: z.undefined() },
      errors: [
        'SNAPSHOT::NOT_FOUND',
        'SNAPSHOT::INVALID_STATE',
        'SNAPSHOT::DELETE_CONFLICT',
        'ENGINE_UNAVAILABLE',
        'ENGINE_TIMEOUT',
      ],
    },
    handler: async (request, reply) => {
      await snapshots.remove(request.params.snapshotId);
      return reply.code(204).send();
    },
  });
}

/** A row as the API shows it. */
function shown(row: SnapshotRow): Snapshot {
  return {
    id: row.id,
    sandboxId: row.sandboxId,
    ...(row.name !== undefined && { name: row.name }),
    status: {
      state: row.state,
      reason: row.reason,
      message: row.message,
      lastTransitionAt: new Date(row.transitionAt).toISOString(),
    },
    createdAt: new Date(row.createdAt).toISOString(),
  };
}
