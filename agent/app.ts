import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyServerOptions, type onRouteHookHandler } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { ApiError } from '../shared/api/errors.ts';
import { sameSecret } from '../shared/http/access.ts';
import { nothing, sendNothing } from '../shared/http/nothing.ts';
import { clientErrors, frameworkErrors, renderProblems } from '../shared/http/problems.ts';
import { closePromptly } from '../shared/http/prompt-close.ts';
import { requestIdOf } from '../shared/http/request-id.ts';
import { endStreamsOnClose } from '../shared/http/stream.ts';
import { validatorCompiler } from '../shared/http/validation.ts';
import { routeWebSockets } from '../shared/http/websocket.ts';
import { activityRoutes } from './activity/routes.ts';
import { Contexts } from './code/contexts.ts';
import { codeRoutes } from './code/routes.ts';
import { Commands } from './commands/commands.ts';
import { commandRoutes } from './commands/routes.ts';
import type { Config } from './config.ts';
import { docsRoutes } from './docs/routes.ts';
import { Claims } from './entrypoint/claims.ts';
import { Entrypoint } from './entrypoint/entrypoint.ts';
import { entrypointRoutes } from './entrypoint/routes.ts';
import type { Identity } from './files/acting.ts';
import { fileRoutes } from './files/routes.ts';
import { isolationRoutes } from './isolation/routes.ts';
import { Kernels } from './kernels/kernels.ts';
import { kernelRoutes } from './kernels/routes.ts';
import { sandboxKernelServer } from './kernels/server/sandbox-server.ts';
import { metricRoutes } from './metrics/routes.ts';
import { usageSource } from './metrics/source.ts';
import { portRoutes } from './ports/routes.ts';
import { isPortUpgrade, upgradePorts } from './ports/upgrade.ts';
import { Processes } from './processes/processes.ts';
import { Programs } from './programs/programs.ts';
import { programRoutes } from './programs/routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { Sessions } from './sessions/sessions.ts';
import { isTerminalUpgrade, terminalRoutes } from './terminals/routes.ts';
import { Terminals } from './terminals/terminals.ts';
import { commandTools } from './tools/command-tools.ts';
import { fileTools } from './tools/file-tools.ts';
import { toolRoutes } from './tools/routes.ts';
import { Callers } from './users/callers.ts';
import { readEnviron } from './users/environment.ts';
import { loadRights } from './users/rights.ts';

/** The header that every request has to bring the token in, as OpenSandbox's clients send it. */
export const tokenHeader = 'x-execd-access-token';

type Compilers = NonNullable<FastifyServerOptions['schemaController']>['compilersFactory'];

/** JSON bodies; uploads and proxied bodies are streamed and have no limit here. */
const bodyLimit = 4 * 1024 * 1024;
/** Clients' pools keep connections for 30 s; a server that closes them earlier is met with "other side closed". */
const keepAliveTimeout = 75_000;

/** The agent as an application, without a port: its table of contents. `onRoute` learns of every route. */
export function buildAgent(config: Config, logger?: Logger, onRoute?: onRouteHookHandler): FastifyInstance {
  const authorized = ({ headers }: IncomingMessage) => sameSecret(header(headers[tokenHeader]), config.token);
  const app = fastify({
    bodyLimit,
    http: { shouldUpgradeCallback: (request) => isPortUpgrade(request) || isTerminalUpgrade(request) },
    keepAliveTimeout,
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    frameworkErrors,
    clientErrorHandler: clientErrors,
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: 300 },
    // Otherwise Fastify loads its own compilers, which are slow to load, before it is told of these.
    schemaController: {
      compilersFactory: {
        buildValidator: () => validatorCompiler,
        buildSerializer: () => serializerCompiler,
      } as unknown as Compilers,
    },
    ...(logger ? { loggerInstance: logger } : {}),
  }) as unknown as FastifyInstance;
  if (onRoute) app.addHook('onRoute', onRoute);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'RUNTIME_ERROR' });
  endStreamsOnClose(app);
  closePromptly(app);
  app.addHook('onRequest', async (request) => {
    if (authorized(request.raw)) return;
    throw new ApiError('INVALID_ACCESS_TOKEN', `Unauthorized: invalid or missing header ${tokenHeader}`, {
      field: tokenHeader,
    });
  });

  loadRights(join(config.pack, 'rights.node'));
  const environ = readEnviron(config.environ, config);
  // Where nobody has said what HOME is there is none in it to keep.
  const keepHome = true;
  const callers = new Callers(config.user, config.hardened);
  const entrypoint = new Entrypoint(config.supervised);
  const claims = new Claims({ entrypoint, callers, environ, file: join(config.spool, 'claim') });
  const workdir = process.cwd();
  const processes = new Processes({
    spool: config.spool,
    init: join(config.pack, 'init'),
    ringBytes: config.ringBytes,
    noCapabilities: config.hardened,
  });
  // Not before: nobody is to wait for it.
  app.addHook('onListen', async () => processes.prepare());
  const commands = new Commands({
    processes,
    spool: config.spool,
    remembered: config.commands,
    callerGraceMs: config.callerGraceMs,
    environ,
    keepHome,
    workdir,
    caller: (uid, gid) => callers.named(uid, gid),
  });
  const kernels = new Kernels({
    processes,
    spool: config.spool,
    launchers: config.kernels,
    node: ownNode(config.pack),
    zygotes: config.kernelZygotes,
    preloads: config.kernelPreload,
    spares: config.kernelSpares,
    environ,
    keepHome,
    workdir,
    callerGraceMs: config.callerGraceMs,
    caller: () => callers.usual(),
    serverPatienceMs: config.kernelServerPatienceMs,
    server: () => sandboxKernelServer(environ),
    warn: (message, error) => app.log.warn({ err: error }, message),
  });
  const contexts = new Contexts({
    kernels,
    historyBytes: config.cellBytes,
    outputBytes: config.outputBytes,
    environ,
    keepHome,
    workdir,
    caller: () => callers.usual(),
  });
  const interruptibleContexts = {
    has: (id: string) => contexts.has(id),
    interrupt: async (id: string) => contexts.get(id).interrupt(),
  };
  const terminals = new Terminals({
    processes,
    spool: config.spool,
    callerGraceMs: config.callerGraceMs,
    environ,
    keepHome,
    workdir,
    caller: () => callers.usual(),
  });
  const sessions = new Sessions({
    processes,
    spool: config.spool,
    callerGraceMs: config.callerGraceMs,
    environ,
    keepHome,
    workdir,
    caller: (uid, gid) => callers.named(uid, gid),
  });

  app.get(
    '/ping',
    {
      schema: {
        tags: ['Health'],
        operationId: 'ping',
        summary: 'Whether the agent answers',
        response: { 200: nothing },
      },
    },
    (_, reply) => sendNothing(reply),
  );
  activityRoutes(app, {
    commands: () => commands.running,
    cells: () => contexts.atWork,
    sessions: () => sessions.atWork,
    terminals: () => terminals.atWork,
  });
  docsRoutes(app, { pack: config.pack });
  entrypointRoutes(app, { entrypoint, claims, caller: () => callers.usual() });
  commandRoutes(app, { commands, others: [sessions, interruptibleContexts], lineBytes: config.lineBytes });
  const programs = new Programs({ commands, runners: join(config.pack, 'programs'), node: ownNode(config.pack) });
  programRoutes(app, { programs });
  sessionRoutes(app, { sessions, lineBytes: config.lineBytes });
  terminalRoutes(app, { terminals, pingMs: config.terminalPingMs });
  routeWebSockets(app, isTerminalUpgrade);
  codeRoutes(app, { contexts });
  kernelRoutes(app, { kernels });
  const surroundings = {
    caller: (identity?: Identity) => callers.named(identity?.uid, identity?.gid),
    environ,
    keepHome,
    workdir,
  };
  fileRoutes(app, { ...surroundings, own: join(config.pack, '..') });
  toolRoutes(app, {
    ...surroundings,
    tools: [
      ...fileTools({ processes, environ, keepHome }),
      ...commandTools({ commands, programs, temporary: environ.TMPDIR || '/tmp' }),
    ],
  });
  metricRoutes(app, { source: usageSource() });
  isolationRoutes(app);
  portRoutes(app);
  upgradePorts(app.server as Server, { authorized, closing: app.closing });

  app.addHook('onClose', async () => {
    commands.close();
    sessions.close();
    terminals.close();
    entrypoint.close();
    processes.close();
  });
  return app;
}

/** As the agent itself was started: with nothing of the image's. */
function ownNode(pack: string): string[] {
  return [join(pack, 'lib/ld.so'), '--library-path', join(pack, 'lib'), join(pack, 'bin/node')];
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
