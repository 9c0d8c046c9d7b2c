import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { makingErrors } from '../../shared/api/making-errors.ts';
import { pageQuery, paginationOf, stateQuery, statesOf } from '../../shared/api/pages.ts';
import {
  CreateSandboxRequest,
  PatchMetadataRequest,
  RenewRequest,
  RenewResponse,
  Sandbox,
  SandboxList,
} from '../../shared/api/sandboxes.ts';
import type { Sandboxes } from './sandboxes.ts';
import { shown } from './shown.ts';
import { allStates } from './states.ts';
import type { SandboxRow } from './store.ts';

const Params = z.object({ sandboxId: z.string().min(1).max(256) });
const tags = ['Sandboxes'];
/** What whoever needs the engine may be told. */
const engine = ['ENGINE_UNAVAILABLE', 'ENGINE_TIMEOUT'] as const;

/** The life of sandboxes, as OpenSandbox's clients know it. */
export function sandboxRoutes(untyped: FastifyInstance, { sandboxes }: { sandboxes: Sandboxes }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const showing = (row: SandboxRow) => shown(row, sandboxes.disks.get(row.id));
  const asJson = untyped.getDefaultJsonParser('error', 'error');
  untyped.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, asJson);

  app.route({
    method: 'POST',
    url: '/sandboxes',
    schema: {
      tags,
      operationId: 'createSandbox',
      summary: 'Create a sandbox',
      body: CreateSandboxRequest,
      response: {
        202: {
          description: 'It runs.',
          headers: { location: 'Path of the sandbox.' },
          content: { 'application/json': { schema: Sandbox } },
        },
      },
      errors: makingErrors,
    },
    handler: async (request, reply) => {
      const {
        image: _,
        snapshotId: __,
        ...sandbox
      } = shown(await sandboxes.create(request.body, { gone: callerGone(reply) }));
      return reply.code(202).header('location', `/v1/sandboxes/${sandbox.id}`).send(sandbox);
    },
  });

  app.route({
    method: 'GET',
    url: '/sandboxes',
    schema: {
      tags,
      operationId: 'listSandboxes',
      summary: 'List sandboxes, newest first',
      querystring: z.object({
        state: stateQuery,
        metadata: z.string().max(8192).optional().describe('`k=v&k2=v2`, encoded: all of these.'),
        ...pageQuery,
      }),
      response: { 200: SandboxList },
      errors: ['INVALID_METADATA_FORMAT'],
    },
    handler: async (request) => {
      const { state, metadata, page, pageSize } = request.query;
      const filter = { states: statesOf(allStates, state), metadata: metadataOf(metadata) };
      const { rows, total } = sandboxes.store.list(filter, page, pageSize);
      return { items: rows.map(showing), pagination: paginationOf(total, request.query) };
    },
  });

  app.route({
    method: 'GET',
    url: '/sandboxes/:sandboxId',
    schema: {
      tags,
      operationId: 'getSandbox',
      summary: 'One sandbox',
      params: Params,
      response: { 200: Sandbox },
      errors: ['DOCKER::SANDBOX_NOT_FOUND'],
    },
    handler: async (request) => showing(sandboxes.get(request.params.sandboxId)),
  });

  app.route({
    method: 'DELETE',
    url: '/sandboxes/:sandboxId',
    schema: {
      tags,
      operationId: 'deleteSandbox',
      summary: 'End a sandbox and all it holds',
      params: Params,
      response: { 204: z.undefined() },
      errors: ['DOCKER::SANDBOX_NOT_FOUND', 'DOCKER::SANDBOX_DELETE_FAILED', ...engine],
    },
    handler: async (request, reply) => {
      await sandboxes.remove(request.params.sandboxId);
      return reply.code(204).send();
    },
  });

  app.route({
    method: 'PATCH',
    url: '/sandboxes/:sandboxId/metadata',
    schema: {
      tags,
      operationId: 'patchSandboxMetadata',
      summary: 'Add, change and take away metadata',
      params: Params,
      body: PatchMetadataRequest,
      response: { 200: Sandbox },
      errors: ['DOCKER::SANDBOX_NOT_FOUND', 'SANDBOX::INVALID_METADATA_LABEL'],
    },
    handler: async (request) => showing(sandboxes.patchMetadata(request.params.sandboxId, request.body)),
  });

  app.route({
    method: 'POST',
    url: '/sandboxes/:sandboxId/renew-expiration',
    schema: {
      tags,
      operationId: 'renewSandbox',
      summary: 'Set another end of a sandbox',
      params: Params,
      body: RenewRequest,
      response: { 200: RenewResponse },
      errors: [
        'DOCKER::SANDBOX_NOT_FOUND',
        'DOCKER::SANDBOX_NOT_RUNNING',
        'DOCKER::INVALID_EXPIRATION',
        'DOCKER::EXPIRATION_NOT_EXTENDED',
      ],
    },
    handler: async (request) => {
      const row = sandboxes.renewals.renew(request.params.sandboxId, Date.parse(request.body.expiresAt));
      return { expiresAt: new Date(row.expiresAt!).toISOString() };
    },
  });
}

/** Aborted when the caller goes away before it has its answer. */
function callerGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const reason = new ApiError('DOCKER::SANDBOX_START_FAILED', 'The caller went away while the sandbox started.');
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(reason);
  });
  return gone.signal;
}

/** More than a sandbox can have: it would match none, and each is a part of the question to the database. */
const mostPairs = 256;

function metadataOf(text: string | undefined): Record<string, string> {
  if (!text) return {};
  const pairs = text.split('&');
  if (pairs.length > mostPairs) throw malformed(`at most ${mostPairs} key=value pairs`);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      try {
        if (at > 0) return [decodeURIComponent(pair.slice(0, at)), decodeURIComponent(pair.slice(at + 1))];
      } catch {
        // Falls through: not percent-encoded as it should be.
      }
      throw malformed('key=value pairs joined by &');
    }),
  );
}

function malformed(expected: string): ApiError {
  return new ApiError('INVALID_METADATA_FORMAT', `metadata: expected ${expected}`, { field: 'metadata', expected });
}
