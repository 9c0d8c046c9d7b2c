import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { buildControl } from './app.ts';
import type { Running } from './cli/edge.ts';
import { readVersion } from './cli/version.ts';
import type { Config } from './config/schema.ts';
import { realSurroundings } from './config/surroundings.ts';
import { Policies } from './egress/policies.ts';
import { openExecutions } from './executions/open.ts';
import { Keys } from './gateway/keys.ts';
import { loggedRequest } from './gateway/logged.ts';
import { Passes } from './gateway/passes.ts';
import { slotOf } from './lobehub/slot.ts';
import { Pools } from './pools/pools.ts';
import { MemberStore } from './pools/store.ts';
import { surroundingsOf, wishesOf } from './pools/wishes.ts';
import { createRuntime } from './runtimes/create.ts';
import { packAt } from './runtimes/pack.ts';
import { ledgerOf } from './sandboxes/ledger.ts';
import { Reconciler } from './sandboxes/reconcile.ts';
import { Sandboxes } from './sandboxes/sandboxes.ts';
import { unendedStates } from './sandboxes/states.ts';
import { SandboxStore } from './sandboxes/store.ts';
import { Tending } from './sandboxes/tending.ts';
import { SnapshotReconciler } from './snapshots/reconcile.ts';
import { Snapshots } from './snapshots/snapshots.ts';
import { SnapshotStore } from './snapshots/store.ts';
import { openStorage } from './storage/open.ts';
import { Builds } from './templates/packages/builds.ts';
import { buildOptions } from './templates/packages/options.ts';
import { BuildReconciler } from './templates/packages/reconcile.ts';
import { BuildStore } from './templates/packages/store.ts';
import { TemplateStore } from './templates/store.ts';
import { Templates } from './templates/templates.ts';
import { Transfers } from './transfers/transfers.ts';
import { Volumes } from './volumes/volumes.ts';
import { Access } from './workspaces/access.ts';
import { SeenNonces } from './workspaces/signatures/seen.ts';
import { Signatures } from './workspaces/signatures/signatures.ts';
import { WorkspaceStore } from './workspaces/store.ts';
import { Workspaces } from './workspaces/workspaces.ts';

/** How long an ended sandbox is still told of, unless its own end comes first. */
const rememberMs = 60 * 60 * 1000;

/** Control as it runs, and a way to leave nothing of it. */
export interface Control extends Running {
  /** Id that this store's containers carry. */
  store: string;
  /** Ends every sandbox of this store and takes its network down; what a demonstration or a test does before `close`. */
  removeAll(): Promise<void>;
}

/** What no sandbox may be given: who can write there owns this host, or every sandbox. */
function keptPlaces({ store, runtime, docker, server, workspaces, lobehub }: Config, engine: string): string[] {
  const { tlsKey, apiKeyFile } = server;
  const secrets = [tlsKey, apiKeyFile, workspaces.issuersFile, lobehub.signingKeysFile];
  const files = secrets.filter((path) => path !== undefined);
  return ['/proc', '/sys', '/dev', docker.socket, engine, store.path, runtime.pack, ...files];
}

/** Puts control together from its settings and listens. */
export async function startControl(config: Config): Promise<Control> {
  const { server, sandbox, snapshot, renew_intent: renewal } = config;
  const logger = pino({ level: config.log.level, name: 'cubby-control', serializers: { req: loggedRequest } });
  const log = (message: string, details: object) => logger.warn(details, message);
  const storage = openStorage(join(config.store.path, 'cubby.db'));
  const store = new SandboxStore(storage);
  const pack = packAt(config.runtime.pack);
  let standing: Pools | undefined;
  const runtime = createRuntime(config, store.storeId, pack, (id) => {
    const row = store.get(id);
    // Nothing of a user's runs in one that stands by: what it may reach is said when it is claimed.
    return row ? (row.policy ?? 'none') : standing?.has(id) ? 'none' : undefined;
  });
  let close = async () => {
    await runtime.close();
    storage.close();
  };
  try {
    const facts = await runtime.check();
    logger.info({ runtime: runtime.name, store: store.storeId, ...facts }, 'the runtime is there');
    for (const warning of facts.warnings) logger.warn(warning);
    const volumes = new Volumes({
      runtime,
      ledger: ledgerOf(storage),
      store: store.storeId,
      allowedHostPaths: config.storage.allowedHostPaths,
      allowedVolumes: config.storage.allowedVolumes,
      unchecked: config.storage.uncheckedMounts,
      kept: keptPlaces(config, facts.directory),
    });
    const pools: Pools = new Pools({
      store: new MemberStore(storage),
      runtime,
      budget: { memory: config.pool.maxMemory ?? totalmem() / 2, members: config.pool.maxMembers },
      startsAtOnce: config.pool.startsAtOnce,
      readyTimeoutMs: sandbox.readyTimeoutSeconds * 1000,
      surroundings: surroundingsOf(config.runtime, config.docker, config.network, pack),
      wishes: () => wishesOf(templates.store.all(), (request) => sandboxes.creations.blueprint(request)),
      isBusy: () => sandboxes.creations.isBusy,
      log,
    });
    standing = pools;
    const sandboxes = new Sandboxes({
      store,
      runtime,
      volumes,
      defaults: {
        ...sandbox,
        pids: { standard: sandbox.pids, hardened: sandbox.hardenedPids },
        maxTimeoutSeconds: server.maxSandboxTimeoutSeconds,
        processors: facts.processors,
        ociRuntimes: facts.ociRuntimes,
        idle: config.idle,
        maxLifetimeSeconds: sandbox.maxLifetimeSeconds || undefined,
      },
      snapshot: (id) => snapshots.imageOf(id),
      template: (request) => templates.resolve(request),
      standBy: pools,
      network: config.network.enabled,
      maxSandboxes: sandbox.maxSandboxes || undefined,
      renewIntervalSeconds: renewal.enabled ? renewal.minIntervalSeconds : undefined,
      readyTimeoutMs: sandbox.readyTimeoutSeconds * 1000,
      rememberMs,
      agentSettings: {
        CUBBY_RING_BYTES: String(sandbox.ring),
        CUBBY_CALLER_GRACE_MS: String(Math.max(1, sandbox.callerGraceSeconds * 1000)),
      },
      kernels: config.kernels,
      log,
    });
    const builds = new Builds({
      store: new BuildStore(storage),
      images: runtime.builds,
      ...buildOptions(config, facts),
      log,
    });
    const buildReconciler = new BuildReconciler({ builds, images: runtime.builds, log });
    const templates = new Templates({
      store: new TemplateStore(storage, config.templates),
      check: (request) => sandboxes.check(request),
      image: (uri) => runtime.image(uri),
      builds,
      onChange: () => {
        pools.look();
        void buildReconciler.look();
      },
    });
    const snapshots = new Snapshots({
      store: new SnapshotStore(storage),
      sandboxes,
      ...snapshot,
      maxSnapshots: snapshot.maxSnapshots || undefined,
      log,
    });
    const snapshotReconciler = new SnapshotReconciler(snapshots, log);
    const reconciler = new Reconciler(sandboxes, log);
    const workspaces = new Workspaces({
      store: new WorkspaceStore(storage),
      sandboxes,
      settle: (id) => reconciler.one(id),
      usual: config.workspaces.template === undefined ? undefined : { template: config.workspaces.template },
      readyTimeoutMs: sandbox.readyTimeoutSeconds * 1000,
    });
    const settle = (id: string) => reconciler.one(id);
    const transfers = new Transfers({ runtime, ...config.transfers });
    const lobehub = slotOf({ storage, workspaces, sandboxes, transfers, settings: config.lobehub, log });
    const executions = openExecutions(storage, config.executions, { sandboxes, workspaces, templates, settle, log });
    const keys = new Keys(server.apiKey, server.metricsKey);
    const passes = new Passes();
    const signatures = new Signatures({ ...config.workspaces, seen: new SeenNonces(storage) });
    const tending = new Tending(sandboxes, sandbox, log);
    const policies = new Policies(sandboxes, log);
    const app = await buildControl({
      sandboxes,
      snapshots,
      policies,
      workspaces,
      templates,
      executions,
      settle,
      transfers,
      pools,
      network: config.network.enabled,
      noIsolation: runtime.name === 'host',
      keys,
      passes,
      access: new Access({ keys, passes, signatures }),
      lobehub,
      publicHost: server.publicHost,
      version: readVersion(realSurroundings()),
      mcpGraceMs: sandbox.callerGraceSeconds * 1000,
      logger,
      pack,
      tls: server.tlsCertificate
        ? { cert: readFileSync(server.tlsCertificate), key: readFileSync(server.tlsKey!) }
        : undefined,
    });
    // In the order in which they stop: no more requests, then no more changes, then no more database.
    const last = close;
    app.addHook('onClose', async () => {
      builds.stop();
      // What is begun in a workspace waits for the workspace.
      await Promise.all([executions.close(), lobehub.tasks.close(), workspaces.close()]);
      await tending.close();
      await buildReconciler.close();
      await builds.close();
      await snapshotReconciler.close();
      await snapshots.close();
      await reconciler.close();
      await policies.close();
      await pools.close();
      await last();
    });
    close = () => app.close();
    // Before anybody asks: no snapshot is said to be on its way that isn't.
    await snapshotReconciler.all();
    // Nor is one that runs called one that nobody knows of.
    executions.recover();
    const url = await app.listen({ host: server.host, port: server.port });
    reconciler.watch();
    pools.open();
    tending.begin();
    policies.restore();
    void buildReconciler.look();
    return {
      url,
      store: store.storeId,
      close,
      removeAll: async () => {
        await pools.drain();
        for (const id of store.ids(unendedStates)) await sandboxes.remove(id);
        await snapshots.removeAll();
        templates.removeAll();
        await buildReconciler.look();
        await runtime.removeNetwork();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
