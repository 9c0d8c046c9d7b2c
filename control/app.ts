import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { z } from 'zod';
import { clientErrors, frameworkErrors, renderProblems } from '../shared/http/problems.ts';
import { closePromptly } from '../shared/http/prompt-close.ts';
import { requestIdOf } from '../shared/http/request-id.ts';
import { endStreamsOnClose } from '../shared/http/stream.ts';
import { validatorCompiler } from '../shared/http/validation.ts';
import { diagnosticRoutes } from './diagnostics/routes.ts';
import { noteRoutes, publishApi } from './docs/routes.ts';
import type { Policies } from './egress/policies.ts';
import { policyRoutes } from './egress/routes.ts';
import { sidecarRoutes } from './egress/sidecar-routes.ts';
import { executionEndRoutes } from './executions/end-routes.ts';
import type { Executions } from './executions/executions.ts';
import { executionRoutes } from './executions/routes.ts';
import { endpointRoutes } from './gateway/endpoint-routes.ts';
import { isEntranceUpgrade } from './gateway/entrance.ts';
import type { Keys } from './gateway/keys.ts';
import type { Passes } from './gateway/passes.ts';
import { Gateway } from './gateway/routes.ts';
import { kubernetesRoutes, virtualMachineRoutes } from './kubernetes/routes.ts';
import { lobehubRoutes } from './lobehub/routes.ts';
import type { Slot } from './lobehub/slot.ts';
import { mcpRoutes } from './mcp/routes.ts';
import { eventRoutes } from './metrics/event-routes.ts';
import { metricsRoutes } from './metrics/routes.ts';
import type { Pools } from './pools/pools.ts';
import { poolRoutes } from './pools/routes.ts';
import { pauseRoutes } from './sandboxes/pause-routes.ts';
import { sandboxRoutes } from './sandboxes/routes.ts';
import type { Sandboxes } from './sandboxes/sandboxes.ts';
import { sessionExecutionRoutes } from './sessions/execution-routes.ts';
import { templateSessionRoutes } from './sessions/routes.ts';
import { snapshotRoutes } from './snapshots/routes.ts';
import type { Snapshots } from './snapshots/snapshots.ts';
import { buildRoutes } from './templates/build-routes.ts';
import { templateRoutes } from './templates/routes.ts';
import type { Templates } from './templates/templates.ts';
import { toolRoutes } from './tools/routes.ts';
import type { Transfers } from './transfers/transfers.ts';
import type { Access } from './workspaces/access.ts';
import { workspaceRoutes } from './workspaces/routes.ts';
import { Through } from './workspaces/through.ts';
import { throughRoutes } from './workspaces/through-routes.ts';
import type { Workspaces } from './workspaces/workspaces.ts';

/** JSON bodies of control's own; proxied ones have no limit here. */
const bodyLimit = 4 * 1024 * 1024;
/** Clients' pools keep connections for 30 s; a server that closes them earlier is met with "other side closed". */
const keepAliveTimeout = 75_000;

export interface ControlOptions {
  sandboxes: Sandboxes;
  snapshots: Snapshots;
  policies: Policies;
  workspaces: Workspaces;
  templates: Templates;
  executions: Executions;
  /** Compares one sandbox with the engine. Never rejects. */
  settle(id: string): Promise<void>;
  transfers: Transfers;
  /** What stands by. */
  pools: Pools;
  /** False: sandboxes have no network at all. */
  network: boolean;
  /** Sandboxes are plain processes of this machine. */
  noIsolation: boolean;
  keys: Keys;
  passes: Passes;
  access: Access;
  /** LobeHub's self-hosted sandbox. */
  lobehub: Slot;
  publicHost: string | undefined;
  /** Of this checkout. */
  version: string;
  /** How long a call by MCP goes on whose client has lost its connection. */
  mcpGraceMs: number;
  logger: Logger;
  /** Directory of the agent pack. */
  pack: string;
  tls?: { cert: Buffer; key: Buffer } | undefined;
}

const Health = z.object({
  status: z.literal('healthy'),
  isolation: z.literal('none').optional().describe('Only where the host runtime isolates nothing.'),
});

/** Control as an application, without a port: its table of contents. */
export async function buildControl(options: ControlOptions): Promise<FastifyInstance> {
  const {
    sandboxes,
    snapshots,
    policies,
    workspaces,
    templates,
    executions,
    access,
    passes,
    network,
    keys,
    publicHost,
    logger,
    pack,
    tls,
  } = options;
  const http = { shouldUpgradeCallback: isEntranceUpgrade };
  const app = fastify({
    bodyLimit,
    keepAliveTimeout,
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    frameworkErrors,
    clientErrorHandler: clientErrors,
    loggerInstance: logger,
    genReqId: requestIdOf,
    // A workspace's key has up to 319 bytes, each three characters when it is percent-encoded.
    routerOptions: { maxParamLength: 1000 },
    ...(tls ? { https: { ...http, ...tls } } : { http }),
  }) as unknown as FastifyInstance;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'GENERAL::UNKNOWN_ERROR' });
  endStreamsOnClose(app);
  closePromptly(app);
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  // A connection that is kept alive would hold the close up.
  app.addHook('onSend', async (_, reply) => {
    if (app.closing.aborted) reply.header('connection', 'close');
  });
  app.addHook('preParsing', async (request, _, payload) => passes.bodyOf(request.raw, payload));
  // What is not JSON is told so.
  app.removeContentTypeParser('text/plain');
  const routes = noteRoutes(app);

  app.route({
    method: 'GET',
    url: '/health',
    schema: {
      tags: ['Operation'],
      operationId: 'getHealth',
      summary: 'Whether this server answers',
      security: [],
      response: { 200: Health },
    },
    handler: async () => ({ status: 'healthy' as const, ...(options.noIsolation && { isolation: 'none' as const }) }),
  });
  await app.register(async (metrics) => {
    metrics.addHook('onRequest', async (request) => keys.requireMetricsKey(request.headers));
    metricsRoutes(metrics, { sandboxes, snapshots, workspaces, pools: options.pools });
  });
  const through = new Through({ workspaces, access, passes });
  const gateway = new Gateway({
    sandboxes,
    keys,
    passes,
    settle: options.settle,
    lead: (request) => through.lead(request),
  });
  gateway.upgrades(app);
  // OpenSandbox serves everything with and without the version.
  for (const prefix of ['/v1', '']) {
    await app.register(
      async (api) => {
        api.addHook('onRequest', async ({ raw, headers, params }) => {
          const { sandboxId } = params as { sandboxId?: string };
          if (passes.prefixFor(raw, sandboxId) === undefined) keys.requireApiKey(headers);
        });
        sandboxRoutes(api, { sandboxes });
        await api.register(pauseRoutes, { sandboxes });
        snapshotRoutes(api, { snapshots });
        diagnosticRoutes(api, { sandboxes });
        endpointRoutes(api, { sandboxes, publicHost });
        poolRoutes(api, { pools: options.pools, sandboxes: sandboxes.store });
        kubernetesRoutes(api);
        if (prefix === '') virtualMachineRoutes(api);
        policyRoutes(api, {
          policies,
          path: '/networkpolicy',
          name: 'NetworkPolicy',
          security: { errors: [] },
          network,
        });
      },
      { prefix },
    );
    await app.register(async (events) => eventRoutes(events), { prefix });
    await app.register(sidecarRoutes, { prefix, sandboxes, policies, keys, passes, network });
    await app.register(async (entrance) => gateway.routes(entrance), { prefix });
  }
  await app.register(
    async (api) => {
      api.addHook('onRequest', async ({ headers }) => keys.requireApiKey(headers));
      templateRoutes(api, { templates });
      await api.register(buildRoutes, { templates });
      executionRoutes(api, { executions, sandboxes });
      await api.register(executionEndRoutes, { executions });
    },
    { prefix: '/v1' },
  );
  await app.register(
    async (api) => {
      api.addHook('onRequest', async ({ headers }) => keys.requireApiKey(headers));
      templateSessionRoutes(api, { sandboxes, executions });
      sessionExecutionRoutes(api, { sandboxes, executions });
    },
    { prefix: '/api/v1' },
  );
  await app.register(async (api) => workspaceRoutes(api, { workspaces, access }), { prefix: '/v1' });
  const tools = { workspaces, sandboxes, transfers: options.transfers };
  await app.register(async (api) => toolRoutes(api, { ...tools, access }), { prefix: '/v1' });
  const { version, mcpGraceMs: graceMs } = options;
  await app.register(async (api) => mcpRoutes(api, { ...tools, access, publicHost, version, graceMs }), {
    prefix: '/v1',
  });
  await app.register(async (api) => throughRoutes(api, { through }), { prefix: '/v1' });
  await app.register(async (api) => lobehubRoutes(api, options.lobehub), { prefix: '/api/v1' });
  await publishApi(app, routes, { pack });
  return app;
}
