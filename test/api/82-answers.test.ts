import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import type { TestContext } from 'node:test';
import Docker from 'dockerode';
import { WebSocket } from 'ws';
import type { ErrorCode } from '../../shared/api/errors.ts';
import { makingErrors } from '../../shared/api/making-errors.ts';
import type { Template } from '../../shared/api/templates.ts';
import { catalogue } from '../../shared/api/tools/catalogue.ts';
import type { ToolAnswer } from '../../shared/api/tools/envelope.ts';
import type { OpenApi } from '../../shared/openapi/json.ts';
import { Contract, type Send } from '../support/contract/contract.ts';
import { watchForDroppedFields } from '../support/contract/dropped.ts';
import { refuseGenerally } from '../support/contract/refusals.ts';
import { withTrace } from '../support/contract/trace.ts';
import type { TestControl } from '../support/control.ts';
import { createRequest, smallImage } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { findVolume, foreignVolume } from '../support/engine-volumes.ts';
import { hostDirectory } from '../support/host-directory.ts';
import { chatKey, chatUrl, jitToken, type Signing } from '../support/lobehub.ts';
import { startPortServer } from '../support/port-server.ts';
import { issuers, signedHeaders } from '../support/signing.ts';
import { settledSnapshot } from '../support/snapshots.ts';
import { type StallingEngine, stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';
import { imports } from './answers/imports.ts';

/** What is described and can't be brought about here, with where it is tested instead. */
const excused: Record<string, string> = {
  'importFile DISK_FULL': 'needs a full disk',
  'importFile PERMISSION_DENIED': 'needs a file that its user may not write',
  'GENERAL::UNKNOWN_ERROR': 'for what nobody has foreseen',
  ENGINE_UNAVAILABLE: 'needs an engine that is away: test/control/runtimes/docker/failures.test.ts',
  ENGINE_TIMEOUT: 'needs an engine that hangs: test/faults/hanging-engine.test.ts',
  METRICS_NOT_AVAILABLE: 'needs an engine that is away',
  NETWORK_RULES_FAILED: 'needs an engine without a packet filter: test/control/runtimes/docker',
  AGENT_UNREACHABLE: 'needs an agent that is gone: test/faults/killed-agent.test.ts',
  'VOLUME::HOST_PATH_CREATE_FAILED': 'needs a disk that nothing can be made on: test/control/volumes',
  'DOCKER::SANDBOX_EXECD_START_FAILED': 'needs an agent that hangs',
  'DOCKER::SANDBOX_DELETE_FAILED': 'needs an engine that refuses: test/faults',
  'DOCKER::SANDBOX_PAUSE_FAILED': 'needs an engine that refuses: test/faults',
  'DOCKER::SANDBOX_RESUME_FAILED': 'needs an engine that refuses: test/faults',
  'cancelExecution RUNTIME_ERROR': 'needs a process that can’t be ended',
  'deleteExecution RUNTIME_ERROR': 'needs a process that can’t be ended',
  'ensureWorkspace DOCKER::SANDBOX_NOT_RUNNING': 'needs an engine that is away after a restart',
  ...excusedOfTools(),
  ...excusedOfLobehub(),
  ...excusedOfSessions(),
};

const mebibyte = 1024 * 1024;
/** A workspace that is there, and whose sandbox may be ended. */
const resettable = '/v1/workspaces/app:resettable';
/** All that makes sandboxes. */
const making = ['POST /v1/sandboxes', 'PUT /v1/workspaces/app:never', `POST ${resettable}/reset`] as const;

/** Ids of the sandboxes that requests are about. */
interface Sandboxes {
  running: string;
  /** Its entrypoint has come to its end. */
  ended: string;
  /** Has no end of its own. */
  lasting: string;
}

engineTest('every answer is as the document says, and every one that it describes is given', answers, {
  timeout: 290_000,
});

async function answers(t: TestContext): Promise<void> {
  const host = hostDirectory(t);
  const [plain, special] = [
    await foreignVolume(t),
    await foreignVolume(t, { DriverOpts: { type: 'tmpfs', device: 'x' } }),
  ];
  const dropped = watchForDroppedFields(t);
  const engine = await stallingEngine(t);
  const control = await controlLives(t).open({
    'docker.socket': engine.socket,
    'sandbox.max_sandboxes': '3',
    'snapshot.max_snapshots': '1',
    'templates.build_wait_seconds': '0',
    'executions.max_unfinished': '1',
    ...issuers,
    'lobehub.signing_keys': `app ${chatUrl} ${chatKey}`,
    'transfers.allowed_hosts': '127.0.0.1',
    'transfers.max_per_sandbox': '1',
    'storage.allowed_host_paths': host,
    'storage.allowed_volumes': `${plain},${special}`,
  });
  const document = (await (await fetch(`${control.url}/openapi.json`)).json()) as OpenApi;
  const key = { 'open-sandbox-api-key': control.apiKey };
  const contract = new Contract(document, withTrace(control.url, key, asLobehub(control.fetch)));
  const server = await startPortServer(control);
  const ids = {
    running: server.id,
    ended: (await control.create({ entrypoint: ['/bin/sh', '-c', 'until [ -e /end ]; do sleep 0.05; done'] })).id,
    lasting: (await control.create({ timeout: null })).id,
  };
  await (await control.agent(ids.ended)).run('touch /end').catch(() => {});
  await until(async () => (await control.get(ids.ended)).status.state === 'Terminated', 'it has ended');

  await t.test('about this server', () => aboutServer(contract));
  await t.test('about the life of sandboxes', () => aboutSandboxes(contract, ids));
  await t.test('about volumes', () => aboutVolumes(contract, { host, plain, special }));
  await t.test('about one that is paused', () => aboutPaused(contract, ids));
  await t.test('about templates', () => aboutTemplates(contract, engine));
  await t.test('about executions', () => aboutExecutions(contract, ids));
  await t.test('about sessions of templates', () => aboutTemplateSessions(contract));
  await t.test('about snapshots', () => aboutSnapshots(contract, { control, engine, ...ids }));
  await t.test('about workspaces', (t) => aboutWorkspaces(contract, control, t));
  await t.test('about what they may reach', () => aboutPolicies(contract, ids));
  await t.test('at the doors of sandboxes', () => atDoors(contract, control, ids));
  await t.test('to whoever has no key or a wrong one, and to what is no request, on every route', () =>
    refuseGenerally(contract, {
      mostBytes: 8 * mebibyte,
      unauthorized: [
        { headers: { 'open-sandbox-api-key': 'wrong' }, code: 'INVALID_API_KEY' },
        { send: bare(control), code: 'MISSING_API_KEY' },
      ],
    }),
  );
  contract.assertSeen(excused);
  assert.deepEqual(dropped, []);
}

async function aboutServer(contract: Contract): Promise<void> {
  for (const path of ['/health', '/openapi.json', '/openapi/agent.json']) await contract.call(`GET ${path}`, 200);
  for (const accept of ['text/plain', 'application/openmetrics-text'])
    await contract.call('GET /metrics', 200, { headers: { accept } });
  for (const prefix of ['', '/v1']) await contract.call(`POST ${prefix}/metrics/events`, 204, { json: {} });
}

async function aboutSandboxes(contract: Contract, { running, ended, lasting }: Sandboxes): Promise<void> {
  const [create, ensure, reset] = making;
  const json = createRequest();
  const { sandbox } = await contract.call<{ sandbox: { id: string } }>(`PUT ${resettable}`, 201, { json });
  await contract.call(`PUT ${resettable}`, 200);
  for (const route of [create, ensure]) await contract.call(route, 'CAPACITY_EXCEEDED', { json });
  await contract.call(`DELETE /v1/sandboxes/${sandbox.id}`, 204);
  const { id } = await contract.call<{ id: string }>(create, 202, { json });
  await contract.call(reset, 'CAPACITY_EXCEEDED', { json });
  await contract.call(`DELETE /v1/sandboxes/${id}`, 204);
  for (const [change, code] of [
    [{ image: null }, 'SANDBOX::INVALID_PARAMETER'],
    [{ metadata: { 'a b': '1' } }, 'SANDBOX::INVALID_METADATA_LABEL'],
    [{ resourceLimits: { gpu: '1' } }, 'SANDBOX::API_NOT_SUPPORTED'],
    [{ extensions: { 'cubby.runtime': 'nobody-has-this' } }, 'SANDBOX::RUNTIME_NOT_AVAILABLE'],
    [{ entrypoint: [''] }, 'DOCKER::INVALID_ENTRYPOINT'],
    [{ image: { uri: 'UPPER' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED'],
    [{ entrypoint: ['/nowhere'] }, 'DOCKER::SANDBOX_START_FAILED'],
  ] as const) {
    for (const route of making) await contract.call(route, code, { json: createRequest(change) });
  }
  for (const prefix of ['', '/v1']) {
    await contract.call(`GET ${prefix}/sandboxes`, 200);
    await contract.call(`GET ${prefix}/sandboxes/${running}`, 200);
  }
  await contract.call('GET /v1/sandboxes?page=0', 'INVALID_PARAMETER');
  await contract.call('GET /v1/sandboxes?metadata=x', 'INVALID_METADATA_FORMAT');
  for (const what of ['logs', 'events', 'logs?scope=all', 'events?scope=all', 'inspect', 'summary'])
    await contract.call(`GET /v1/sandboxes/${ended}/diagnostics/${what}`, 200);
  for (const what of ['logs', 'events'])
    await contract.call(`GET /v1/sandboxes/${ended}/diagnostics/${what}?scope=x`, 'DIAGNOSTICS_SCOPE_UNSUPPORTED');
  await contract.call(`GET /v1/sandboxes/${running}/endpoints/44772`, 200);
  await contract.call(`GET /v1/sandboxes/${running}/endpoints/0`, 'INVALID_PORT');
  await contract.call(`GET /v1/sandboxes/${running}/endpoints/80?expires=0`, 'SANDBOX::INVALID_PARAMETER');
  const patch = `PATCH /v1/sandboxes/${ended}/metadata`;
  await contract.call(patch, 200, { json: { purpose: 'test', other: null } });
  await contract.call(patch, 'SANDBOX::INVALID_METADATA_LABEL', { json: { 'a b': '1' } });
  const renewal = { expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  const renew = (id: string) => `POST /v1/sandboxes/${id}/renew-expiration`;
  await contract.call(renew(running), 200, { json: renewal });
  await contract.call(renew(running), 'DOCKER::INVALID_EXPIRATION', { json: { expiresAt: '2001-01-01T00:00:00Z' } });
  await contract.call(renew(ended), 'DOCKER::SANDBOX_NOT_RUNNING', { json: renewal });
  await contract.call(renew(lasting), 'DOCKER::EXPIRATION_NOT_EXTENDED', { json: renewal });
  for (const operation of contract.operations.filter((one) => contract.describes(one, 'DOCKER::SANDBOX_NOT_FOUND'))) {
    const path = operation.path.replace('{port}', '80').replace(/\{\w+\}/g, 'nobody');
    await contract.call(`${operation.method} ${path}`, 'DOCKER::SANDBOX_NOT_FOUND', {
      ...(contract.describes(operation, 'PAYLOAD_TOO_LARGE') && { json: bodies[operation.operationId] ?? renewal }),
    });
  }
}

/** What can be wrong with a volume; `plain` and `special` are volumes that may be used. */
async function aboutVolumes(contract: Contract, on: { host: string; plain: string; special: string }): Promise<void> {
  const host = (path: string, more = {}) => ({ name: 'v', mountPath: '/v', host: { path }, ...more });
  const pvc = (claimName: string, more = {}) => ({ name: 'v', mountPath: '/v', pvc: { claimName }, ...more });
  const refuse = async (code: ErrorCode, ...volumes: object[]) => {
    for (const route of making) await contract.call(route, code, { json: createRequest({ volumes }) });
  };
  await refuse('VOLUME::INVALID_NAME', host(on.host, { name: 'A' }));
  await refuse('VOLUME::DUPLICATE_NAME', host(on.host), host(on.host, { mountPath: '/w' }));
  await refuse('VOLUME::INVALID_BACKEND', host(on.host, { pvc: { claimName: 'data' } }));
  await refuse('VOLUME::UNSUPPORTED_BACKEND', { name: 'v', mountPath: '/v', ossfs: {} });
  await refuse('VOLUME::INVALID_MOUNT_PATH', host(on.host, { mountPath: '/' }));
  await refuse('VOLUME::INVALID_SUB_PATH', host(on.host, { subPath: '..' }));
  await refuse('VOLUME::INVALID_HOST_PATH', host('..'));
  await refuse('VOLUME::HOST_PATH_NOT_ALLOWED', host('/etc'));
  await refuse('VOLUME::INVALID_PVC_NAME', pvc('A'));
  await refuse('VOLUME::PVC_NOT_FOUND', { ...pvc(''), pvc: { claimName: 'test-nowhere', createIfNotExists: false } });
  await refuse('VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER', pvc(on.special, { subPath: 'a' }));
  const engine = new Docker();
  const foreign = await engine.createVolume();
  // A name of 64 letters and digits is a label too.
  await refuse('VOLUME::PVC_NOT_ALLOWED', pvc(foreign.name));
  await engine.getVolume(foreign.name).remove();
  // Behind its back.
  rmSync((await findVolume(on.plain))!.Mountpoint, { recursive: true });
  await refuse('VOLUME::PVC_INSPECT_FAILED', pvc(on.plain));
  rmSync(on.host, { recursive: true });
  await refuse('VOLUME::HOST_PATH_NOT_FOUND', host(on.host));
}

/** Refuses a template on all routes that make one. */
async function refuseTemplates(contract: Contract, code: ErrorCode, spec: object): Promise<void> {
  await contract.call('POST /v1/templates', code, { json: { name: 'refused', ...spec } });
  await contract.call('PUT /v1/templates/refused', code, { json: spec });
  // A patch takes away by a null.
  const patch = Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, value ?? null]));
  await contract.call('PATCH /v1/templates/patched', code, { json: patch });
}

async function aboutTemplates(contract: Contract, engine: StallingEngine): Promise<void> {
  const json = createRequest();
  const [post, one] = ['POST /v1/templates', '/v1/templates/one'];
  await contract.call(post, 201, { json: { name: 'one', ...json } });
  await contract.call(post, 'TEMPLATE_ALREADY_EXISTS', { json: { name: 'one', ...json } });
  await contract.call(`PUT ${one}`, 200, { json });
  await contract.call('PUT /v1/templates/patched', 201, { json });
  await contract.call('PUT /v1/templates/two', 201, {
    json: createRequest({ env: { A: '1' }, pool: { min: 0, max: 1 } }),
  });
  await contract.call(`PATCH ${one}`, 200, { json: { timeout: 100 } });
  for (const prefix of ['', '/v1']) {
    await contract.call(`GET ${prefix}/pools`, 200);
    await contract.call(`GET ${prefix}/pools/two`, 200);
    await contract.call(`GET ${prefix}/pools/nobody`, 'KUBERNETES::POOL_NOT_FOUND');
  }
  await contract.call(`GET ${one}@1`, 200);
  await contract.call('GET /v1/templates', 200);
  await contract.call('GET /v1/templates?page=0', 'INVALID_PARAMETER');
  const volume = { name: 'v', mountPath: '/v', pvc: { claimName: 'vol' } };
  for (const [change, code] of [
    [{ resourceLimits: { memory: '1' } }, 'SANDBOX::INVALID_PARAMETER'],
    [{ metadata: { 'a b': '1' } }, 'SANDBOX::INVALID_METADATA_LABEL'],
    [{ resourceLimits: { gpu: '1' } }, 'SANDBOX::API_NOT_SUPPORTED'],
    [{ extensions: { 'cubby.runtime': 'nobody-has-this' } }, 'SANDBOX::RUNTIME_NOT_AVAILABLE'],
    [{ entrypoint: [''] }, 'DOCKER::INVALID_ENTRYPOINT'],
    [{ image: { uri: 'UPPER' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED'],
    [{ image: null, snapshotId: 'nobody' }, 'SNAPSHOT::NOT_FOUND'],
    [{ volumes: [{ ...volume, name: 'A' }] }, 'VOLUME::INVALID_NAME'],
    [{ volumes: [volume, { ...volume, mountPath: '/w' }] }, 'VOLUME::DUPLICATE_NAME'],
    [{ volumes: [{ ...volume, host: { path: '/v' } }] }, 'VOLUME::INVALID_BACKEND'],
    [{ volumes: [{ name: 'v', mountPath: '/v', ossfs: {} }] }, 'VOLUME::UNSUPPORTED_BACKEND'],
    [{ volumes: [{ ...volume, mountPath: '/' }] }, 'VOLUME::INVALID_MOUNT_PATH'],
    [{ volumes: [{ ...volume, subPath: '..' }] }, 'VOLUME::INVALID_SUB_PATH'],
    [{ volumes: [{ name: 'v', mountPath: '/v', host: { path: '..' } }] }, 'VOLUME::INVALID_HOST_PATH'],
    [{ volumes: [{ name: 'v', mountPath: '/v', host: { path: '/etc' } }] }, 'VOLUME::HOST_PATH_NOT_ALLOWED'],
    [{ volumes: [{ ...volume, pvc: { claimName: 'A' } }] }, 'VOLUME::INVALID_PVC_NAME'],
  ] as const) {
    await refuseTemplates(contract, code, createRequest(change));
  }
  for (const route of making) {
    await contract.call(route, 'TEMPLATE_NOT_FOUND', { json: { ...json, template: 'nobody' } });
    await contract.call(route, 'INVALID_TEMPLATE_NAME', { json: { ...json, template: 'A' } });
  }
  await contract.call(post, 'INVALID_TEMPLATE_NAME', { json: { name: 'A', ...json } });
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
    await contract.call(`${method} /v1/templates/A`, 'INVALID_TEMPLATE_NAME', {
      ...(method.startsWith('P') && { json }),
    });
  for (const method of ['GET', 'PATCH', 'DELETE'])
    await contract.call(`${method} /v1/templates/nobody`, 'TEMPLATE_NOT_FOUND', {
      ...(method === 'PATCH' && { json }),
    });
  const theirs = { image: 'a', publish: 's3://a/b' };
  await contract.call(post, 'FSB::API_NOT_SUPPORTED', { json: theirs });
  for (const method of ['GET', 'DELETE'])
    await contract.call(`${method} /v1/templates/tpl_1`, 'FSB::API_NOT_SUPPORTED');
  await contract.call('GET /v1/templates', 'FSB::API_NOT_SUPPORTED', {
    headers: { 'user-agent': 'OpenSandbox-Go-SDK/1' },
  });
  await aboutPackages(contract, engine);
  for (const name of ['one', 'two']) await contract.call(`DELETE /v1/templates/${name}`, 204);
}

/** The image has nothing that installs them. */
async function aboutPackages(contract: Contract, engine: StallingEngine): Promise<void> {
  const packages = { pip: ['anything'] };
  engine.hold(/^POST \/containers\/\w+\/exec/);
  await contract.call('PUT /v1/templates/built', 201, { json: createRequest({ packages }) });
  const json = { template: 'built' };
  for (const route of making) await contract.call(route, 'TEMPLATE_NOT_READY', { json });
  engine.release();
  const isSettled = async () => {
    const { build } = await contract.call<Template>('GET /v1/templates/built', 200);
    return build?.state === 'failed';
  };
  await until(isSettled, 'the packages can’t be installed', 60_000);
  for (const route of making) await contract.call(route, 'TEMPLATE_BUILD_FAILED', { json });
  await contract.call('GET /v1/templates/built/build', 200);
  await contract.call('POST /v1/templates/built/build', 202);
  for (const method of ['GET', 'POST']) {
    await contract.call(`${method} /v1/templates/one/build`, 'TEMPLATE_HAS_NO_PACKAGES');
    await contract.call(`${method} /v1/templates/nobody/build`, 'TEMPLATE_NOT_FOUND');
    await contract.call(`${method} /v1/templates/A/build`, 'INVALID_TEMPLATE_NAME');
  }
  const tag = { repo: `cubby-test-${randomUUID()}`, tag: 'test' };
  const uri = `${tag.repo}:${tag.tag}`;
  await new Docker().getImage(smallImage).tag(tag);
  try {
    await contract.call('PUT /v1/templates/built', 200, { json: createRequest({ packages, image: { uri } }) });
  } finally {
    await new Docker().getImage(uri).remove();
  }
  await contract.call('POST /v1/templates/built/build', 'DOCKER::SANDBOX_IMAGE_PULL_FAILED');
  await contract.call('DELETE /v1/templates/built', 204);
}

async function aboutWorkspaces(contract: Contract, control: TestControl, t: TestContext): Promise<void> {
  await contract.call(`POST ${resettable}/reset`, 201, { json: createRequest() });
  await contract.call(`GET ${resettable}`, 200);
  await contract.call('GET /v1/workspaces', 200);
  await contract.call('GET /v1/workspaces?after=', 200);
  for (const status of [201, 200])
    await contract.call('PUT /v1/workspaces/app:provisioned?start=false', status, { json: createRequest() });
  await contract.call('PUT /v1/workspaces/app:provisioned?start=perhaps', 'INVALID_PARAMETER');
  await contract.call('DELETE /v1/workspaces/app:provisioned', 204);
  await contract.call('GET /v1/workspaces?page=0', 'INVALID_PARAMETER');
  await contract.call('GET /v1/workspaces?issuer=A', 'INVALID_WORKSPACE_KEY');
  await throughWorkspaces(contract, control);
  await aboutTools(contract, t);
  await aboutMcp(contract);
  await aboutTasks(contract);
  await contract.call(`DELETE ${resettable}`, 204);
  for (const method of ['PUT', 'GET', 'DELETE'])
    await contract.call(`${method} /v1/workspaces/nobody`, 'INVALID_WORKSPACE_KEY');
  await contract.call('POST /v1/workspaces/nobody/reset', 'INVALID_WORKSPACE_KEY');
  for (const method of ['GET', 'DELETE']) await contract.call(`${method} ${resettable}`, 'WORKSPACE_NOT_FOUND');
  await contract.call(`POST ${resettable}/reset`, 'WORKSPACE_NOT_FOUND');
}

/** The user of LobeHub's that has the workspace `resettable`. */
const lobehubUser = { sub: 'resettable' };
const lobehubRoutes = ['commands/terminal', 'tasks', 'tasks/x', 'tasks/x/cancel'].map((way) => `/api/v1/${way}`);

/** Sends LobeHub's token where it is asked for. */
function asLobehub(send: Send): Send {
  return (path, init) => {
    if (!path.startsWith('/api/v1/')) return send(path, init);
    const authorization = `Bearer ${jitToken(lobehubUser)}`;
    return send(path, { ...init, headers: { authorization, ...Object.fromEntries(new Headers(init.headers)) } });
  };
}

async function aboutTasks(contract: Contract): Promise<void> {
  const run = 'POST /api/v1/commands/terminal';
  const input = { command: 'echo ok', create_if_missing: true, session_id: 's' };
  await contract.call(run, 200, { json: input });
  await contract.call(run, 'SESSION_NOT_FOUND', { json: { command: 'true', session_id: 'none' } });
  const task = (json: object, status: 200 | 202) =>
    contract.call<{ task_id: string }>('POST /api/v1/tasks', status, { json });
  const done = await task({ capability: 'terminalExec', input, mode: 'sync' }, 200);
  await task({ capability: 'terminalResource', input: { session_id: 's', file_path: '/bin/sh' }, mode: 'sync' }, 200);
  const begun = await task(
    { capability: 'terminalExec', input: { ...input, command: 'sleep 1000' }, mode: 'async' },
    202,
  );
  await contract.call(`GET /api/v1/tasks/${begun.task_id}`, 200);
  await contract.call(`POST /api/v1/tasks/${begun.task_id}/cancel`, 200);
  await contract.call(`POST /api/v1/tasks/${done.task_id}/cancel`, 'TASK_NOT_RUNNING');
  await contract.call('GET /api/v1/tasks/none', 'TASK_NOT_FOUND');
  await contract.call('POST /api/v1/tasks/none/cancel', 'TASK_NOT_FOUND');
  for (const [i, path] of lobehubRoutes.entries()) {
    const method = i === 2 ? 'GET' : 'POST';
    const refuse = (code: ErrorCode, signing: Signing) =>
      contract.call(`${method} ${path}`, code, { headers: { authorization: `Bearer ${jitToken(signing)}` } });
    await refuse('INVALID_JIT_TOKEN', { ...lobehubUser, key: 'another' });
    await refuse('JIT_TOKEN_EXPIRED', { ...lobehubUser, exp: 1 });
    await refuse('INVALID_WORKSPACE_KEY', { sub: '..' });
  }
}

/** A session's workspace is made where there is none, and refused with what that is. */
function excusedOfLobehub(): Record<string, string> {
  const elsewhere = 'tested in test/api/95-lobehub.test.ts';
  const making = [...makingErrors, 'DOCKER::SANDBOX_NOT_RUNNING'].map((code) => [
    `runInLobehubSession ${code}`,
    'as PUT /v1/workspaces/{key}',
  ]);
  return {
    LOBEHUB_NOT_CONFIGURED: `needs a server without a key: ${elsewhere}`,
    TOO_MANY_TASKS: `needs a hundred of them: ${elsewhere}`,
    TOO_MANY_SESSIONS: 'needs a thousand of them: test/control/lobehub/leases.test.ts',
    'runInLobehubSession TOO_MANY_COMMANDS': 'needs a thousand of them: test/agent/commands',
    'runInLobehubSession SPOOL_FULL': 'needs a full disk: test/agent/processes',
    'runInLobehubSession RUNTIME_ERROR': 'needs an agent that fails',
    ...Object.fromEntries(making),
  };
}

async function aboutTools(contract: Contract, t: TestContext): Promise<void> {
  await imports(contract, resettable, t);
  await contract.call(`GET ${resettable}/tools`, 200);
  await contract.call('GET /v1/workspaces/nobody/tools', 'INVALID_WORKSPACE_KEY');
  for (const { name } of catalogue) {
    const json = {};
    const { success } = await contract.call<ToolAnswer>(`POST ${resettable}/tools/${name}`, 200, { json });
    assert.equal(success, false, name);
    await contract.call(`POST /v1/workspaces/nobody/tools/${name}`, 'INVALID_WORKSPACE_KEY', { json });
  }
}

/** What a client of MCP may send, and what it is answered. */
async function aboutMcp(contract: Contract): Promise<void> {
  const route = `${resettable}/mcp`;
  const accepting = { accept: 'application/json, text/event-stream' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const opening = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
  await contract.call(`POST ${route}`, 200, { json: opening, headers: accepting });
  const opened = { jsonrpc: '2.0', method: 'notifications/initialized' };
  await contract.call(`POST ${route}`, 202, { json: opened, headers: accepting });
  const lost = `${randomUUID()}.0.${Buffer.from('7').toString('base64url')}`;
  await contract.call(`GET ${route}`, 200, { headers: { ...accepting, 'last-event-id': lost } });
  await contract.call(`GET ${route}`, 'NOTHING_TO_RESUME');
  await contract.call(`DELETE ${route}`, 200);
  for (const method of ['POST', 'GET', 'DELETE']) {
    const json = method === 'POST' ? { json: {} } : {};
    await contract.call(`${method} /v1/workspaces/nobody/mcp`, 'INVALID_WORKSPACE_KEY', json);
    const headers = { origin: 'https://elsewhere.example' };
    await contract.call(`${method} ${route}`, 'ORIGIN_NOT_ALLOWED', { ...json, headers });
  }
}

/** A tool makes its workspace where there is none, and is refused with what that is. */
function excusedOfTools(): Record<string, string> {
  const codes = [...makingErrors, 'DOCKER::SANDBOX_NOT_RUNNING'];
  const calls = catalogue.map(({ name }) => `call${name[0]!.toUpperCase()}${name.slice(1)}`);
  return Object.fromEntries(
    [...calls, 'importFile'].flatMap((operation) =>
      codes.map((code) => [`${operation} ${code}`, 'as PUT /v1/workspaces/{key}']),
    ),
  );
}

/** What is below a workspace's key, and who may not come there, nor to the key itself. */
async function throughWorkspaces(contract: Contract, control: TestControl): Promise<void> {
  const isOfThem = (path: string) => path.startsWith('/v1/workspaces');
  const send = bare(control);
  for (const { method, path: template } of contract.operations.filter(({ path }) => isOfThem(path))) {
    const path = template.replace('{key}', 'app:resettable').replace('{path}', 'proxy/80/');
    const route = `${method} ${path}`;
    const refuse = (code: ErrorCode, headers: Record<string, string>) => contract.call(route, code, { headers, send });
    const now = Math.floor(Date.now() / 1000);
    await refuse('INVALID_SIGNATURE', signedHeaders({ method, path: `${path}x` }));
    await refuse('SIGNATURE_EXPIRED', signedHeaders({ method, path, time: now - 1000 }));
    await refuse('BODY_NOT_AS_SIGNED', signedHeaders({ method, path, body: 'x' }));
    const once = signedHeaders({ method, path, body: 'x' });
    await refuse('BODY_NOT_AS_SIGNED', once);
    await refuse('SIGNATURE_REPLAYED', once);
    const theirs = path.replace('app:', 'other:') + (template.includes('{key}') ? '' : '?issuer=other');
    const headers = signedHeaders({ method, path: theirs });
    await contract.call(`${method} ${theirs}`, 'ISSUER_NOT_ALLOWED', {
      headers,
      send,
    });
    if (!template.endsWith('{path}')) continue;
    await refuse('INVALID_ACCESS_TOKEN', {});
    await contract.call(route, 502);
    await contract.call(`${method} ${resettable}/nothing`, 'ROUTE_NOT_FOUND');
    await contract.call(`${method} /v1/workspaces/nobody/proxy/80/`, 'INVALID_WORKSPACE_KEY');
    await contract.call(`${method} /v1/workspaces/app:nobody/proxy/80/`, 'WORKSPACE_NOT_FOUND');
  }
  const headers = { 'open-sandbox-api-key': control.apiKey };
  const ensured = await contract.call<{ sandbox: { id: string } }>(`PUT ${resettable}`, 200);
  const agent = await control.agent(ensured.sandbox.id);
  const agreement = 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n';
  await agent.background(`printf '${agreement}' | nc -l -p 9000`);
  await until(async () => (await agent.run('grep -qi :2328 /proc/net/tcp*')).exitCode === 0, 'somebody listens');
  const upgrade = await upgraded(`${control.url}${resettable}/proxy/9000/`, headers);
  assert.equal(upgrade, 101);
  contract.saw(`GET ${resettable}/proxy/9000/`, 101);
  assert.equal((await control.delete(ensured.sandbox.id)).status, 204);
  for (const { method } of contract.operations.filter(({ path }) => path === '/v1/workspaces/{key}/{path}'))
    await contract.call(`${method} ${resettable}/proxy/80/`, 'WORKSPACE_HAS_NO_SANDBOX');
}

/** Sends what it is given and nothing of its own. */
function bare(control: TestControl): Send {
  return withTrace(control.url, {}, (path, init) => fetch(control.url + path, init));
}

/** The status that a request for another protocol is answered with. */
async function upgraded(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(url, { headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket' }, agent: false });
  sent.once('upgrade', ({ statusCode }, socket) => {
    socket.destroy();
    resolve(statusCode);
  });
  sent
    .once('response', ({ statusCode }) => resolve(statusCode))
    .once('error', reject)
    .end();
  return await promise;
}

async function aboutExecutions(contract: Contract, { running }: Sandboxes): Promise<void> {
  const route = 'POST /v1/executions';
  const json = { sandboxId: running, language: 'shell', code: 'echo out' };
  const { id } = await contract.call<{ id: string }>(`${route}?wait=60`, 201, { json, headers: { prefer: 'wait=60' } });
  await contract.call(route, 201, { json, headers: { prefer: 'wait=60' } });
  await contract.call(`${route}?stream=true`, 201, { json });
  await contract.call(`${route}?wait=x`, 'INVALID_PARAMETER', { json });
  await contract.call('GET /v1/executions', 200);
  await contract.call('GET /v1/executions?page=0', 'INVALID_PARAMETER');
  await contract.call(`GET /v1/executions/${id}`, 200);
  await contract.call(`GET /v1/executions/${id}?wait=x`, 'INVALID_PARAMETER');
  await contract.call(`GET /v1/executions/${id}/events`, 200);
  const long = await contract.call<{ id: string }>(route, 201, {
    json: { ...json, code: 'exec sleep 1000', timeout: 600 },
  });
  await contract.call(route, 'CAPACITY_EXCEEDED', { json });
  await contract.call(`POST /v1/executions/${long.id}/cancel`, 200);
  await contract.call(`POST /v1/executions/${long.id}/cancel`, 'EXECUTION_NOT_RUNNING');
  await contract.call(`DELETE /v1/executions/${id}`, 204);
  for (const gone of [
    `GET /v1/executions/${id}`,
    `GET /v1/executions/${id}/events`,
    `DELETE /v1/executions/${id}`,
    `POST /v1/executions/${id}/cancel`,
  ])
    await contract.call(gone, 'EXECUTION_NOT_FOUND');
  for (const [where, code] of [
    [{ sandboxId: 'nobody' }, 'DOCKER::SANDBOX_NOT_FOUND'],
    [{ workspace: 'nobody' }, 'INVALID_WORKSPACE_KEY'],
    [{ workspace: 'app:nobody' }, 'WORKSPACE_NOT_FOUND'],
    [{ template: '@' }, 'INVALID_TEMPLATE_NAME'],
    [{ template: 'nobody' }, 'TEMPLATE_NOT_FOUND'],
  ] as const)
    await contract.call(route, code, { json: { language: 'shell', code: 'true', ...where } });
}

/** The same as sessions of a template. */
async function aboutTemplateSessions(contract: Contract): Promise<void> {
  await contract.call('PUT /v1/templates/session', 201, { json: { image: { uri: smallImage } } });
  const { id } = await contract.call<{ id: string }>('POST /api/v1/sessions', 201, {
    json: { template_id: 'session' },
  });
  await contract.call('POST /api/v1/sessions', 'TEMPLATE_NOT_FOUND', { json: { template_id: 'nobody' } });
  await contract.call('POST /api/v1/sessions', 'INVALID_TEMPLATE_NAME', { json: { template_id: '@' } });
  for (const path of ['sessions', `sessions/${id}`]) await contract.call(`GET /api/v1/${path}`, 200);
  await contract.call('GET /api/v1/sessions?limit=0', 'INVALID_PARAMETER');
  const json = { language: 'shell', code: 'echo out' };
  const routes = [
    `sessions/${id}/execute`,
    `executions/sessions/${id}/execute`,
    `executions/sessions/${id}/execute-sync`,
  ];
  for (const path of routes) {
    const isSync = path.endsWith('sync');
    const route = `POST /api/v1/${path}`;
    if (isSync) await contract.call(`${route}?sync_timeout=0`, 'INVALID_PARAMETER', { json });
    if (isSync) await contract.call(route, 200, { json });
    const execution = { ...json, code: 'exec sleep 1000' };
    const long = await contract.call<{ execution_id: string }>(`POST /api/v1/${routes[0]}`, 201, { json: execution });
    await contract.call(route, 'CAPACITY_EXCEEDED', { json });
    await contract.call(`POST /v1/executions/${long.execution_id}/cancel`, 200);
    for (const what of ['', '/status', '/result']) {
      await contract.call(`GET /api/v1/executions/${long.execution_id}${what}`, 200);
      await contract.call(`GET /api/v1/executions/nobody${what}`, 'EXECUTION_NOT_FOUND');
    }
    await contract.call(route.replace(id, 'nobody'), 'SESSION_NOT_FOUND', { json });
    if (isSync) continue;
    const begun = await contract.call<{ execution_id: string }>(route, 201, { json });
    await contract.call(`GET /v1/executions/${begun.execution_id}?wait=60`, 200);
  }
  for (const path of [`sessions/${id}/executions`, `executions/sessions/${id}/executions`]) {
    await contract.call(`GET /api/v1/${path}`, 200);
    await contract.call(`GET /api/v1/${path}?limit=0`, 'INVALID_PARAMETER');
    await contract.call(`GET /api/v1/${path.replace(id, 'nobody')}`, 'SESSION_NOT_FOUND');
  }
  for (const method of ['GET', 'DELETE']) await contract.call(`${method} /api/v1/sessions/nobody`, 'SESSION_NOT_FOUND');
  await contract.call(`DELETE /api/v1/sessions/${id}`, 200);
}

/** A session is made as every sandbox is. */
function excusedOfSessions(): Record<string, string> {
  const others = makingErrors.filter((code) => code !== 'TEMPLATE_NOT_FOUND' && code !== 'INVALID_TEMPLATE_NAME');
  return Object.fromEntries(others.map((code) => [`createTemplateSession ${code}`, 'as POST /v1/sandboxes']));
}

async function aboutPolicies(contract: Contract, { running, ended }: Sandboxes): Promise<void> {
  const sidecar = `/v1/sandboxes/${running}/proxy/18080`;
  for (const prefix of ['', '/v1']) await contract.call(`GET ${prefix}/sandboxes/${running}/proxy/18080/healthz`, 200);
  await contract.call(`GET ${sidecar.replace(running, ended)}/healthz`, 'DOCKER::SANDBOX_NOT_RUNNING');
  const stranger = { 'open-sandbox-api-key': 'wrong' };
  for (const path of [`${sidecar}/policy`, `/v1/sandboxes/${running}/networkpolicy`]) {
    for (const [method, json] of [
      ['GET', undefined],
      ['PUT', { defaultAction: 'allow' }],
      ['POST', {}],
      ['PATCH', [{ action: 'allow', target: 'a.example' }]],
      ['DELETE', ['a.example']],
    ] as const) {
      await contract.call(`${method} ${path}`, 200, { json });
      await contract.call(`${method} ${path.replace(running, ended)}`, 'DOCKER::SANDBOX_NOT_RUNNING', { json });
      if (path.startsWith(sidecar))
        await contract.call(`${method} ${path}`, 'INVALID_ACCESS_TOKEN', { headers: stranger });
    }
  }
  for (const { operationId, method, path } of contract.operations) {
    if (!/Credential|Binding/.test(operationId) || !path.startsWith('/v1/')) continue;
    const vault = path.replace('{sandboxId}', running).replace('{name}', 'x');
    await contract.call(`${method} ${vault}`, 'NOT_SUPPORTED');
    await contract.call(`${method} ${vault}`, 'INVALID_ACCESS_TOKEN', { headers: stranger });
  }
  await contract.call(`PUT ${sidecar}/policy`, 200, { json: { defaultAction: 'allow' } });
}

/** Bodies of operations that take a list. */
const bodies: Record<string, unknown> = {
  createExecution: { sandboxId: 'nobody', language: 'shell', code: 'true' },
  patchEgressPolicy: [{ action: 'allow', target: 'a.example' }],
  patchNetworkPolicy: [{ action: 'allow', target: 'a.example' }],
  deleteEgressPolicy: ['a.example'],
  deleteNetworkPolicy: ['a.example'],
};

async function aboutPaused(contract: Contract, { running, ended }: Sandboxes): Promise<void> {
  const [pause, resume] = ['pause', 'resume'].map((verb) => (id: string) => `POST /v1/sandboxes/${id}/${verb}`);
  await contract.call(resume!(running), 'DOCKER::SANDBOX_NOT_PAUSED');
  await contract.call(pause!(running), 202);
  await contract.call(resume!(running), 202);
  await contract.call(pause!(ended), 'DOCKER::SANDBOX_NOT_RUNNING');
}

async function aboutSnapshots(
  contract: Contract,
  { control, engine, running, ended }: Sandboxes & { control: TestControl; engine: StallingEngine },
): Promise<void> {
  const take = (id: string) => `POST /v1/sandboxes/${id}/snapshots`;
  const restore = (snapshotId: string) => ({ json: { ...createRequest(), image: undefined, snapshotId } });
  engine.hold(/^POST \/commit/);
  const { id } = await contract.call<{ id: string }>(take(running), 202, { json: { name: 'first' } });
  await contract.call(`DELETE /v1/snapshots/${id}`, 'SNAPSHOT::INVALID_STATE');
  for (const route of making) await contract.call(route, 'SNAPSHOT::NOT_READY', restore(id));
  await refuseTemplates(contract, 'SNAPSHOT::NOT_READY', restore(id).json);
  engine.release();
  await settledSnapshot(control, id);
  await contract.call(take(running), 'CAPACITY_EXCEEDED');
  await contract.call(take(ended), 'SNAPSHOT::INVALID_SOURCE_STATE');
  await contract.call(`GET /v1/snapshots/${id}`, 200);
  await contract.call('GET /v1/snapshots', 200);
  await contract.call('GET /v1/snapshots?page=0', 'INVALID_PARAMETER');
  const sandbox = await contract.call<{ id: string }>('POST /v1/sandboxes', 202, restore(id));
  await contract.call(`GET /v1/sandboxes/${sandbox.id}`, 200);
  await contract.call(`DELETE /v1/snapshots/${id}`, 'SNAPSHOT::DELETE_CONFLICT');
  await contract.call(`DELETE /v1/sandboxes/${sandbox.id}`, 204);
  // Behind its back.
  await new Docker().getImage(`cubby-snapshots:${id}`).remove();
  for (const route of making) await contract.call(route, 'SNAPSHOT::INVALID_RESTORE_CONFIG', restore(id));
  await refuseTemplates(contract, 'SNAPSHOT::INVALID_RESTORE_CONFIG', restore(id).json);
  await contract.call(`DELETE /v1/snapshots/${id}`, 204);
  for (const method of ['GET', 'DELETE']) await contract.call(`${method} /v1/snapshots/${id}`, 'SNAPSHOT::NOT_FOUND');
  for (const route of making) await contract.call(route, 'SNAPSHOT::NOT_FOUND', restore(id));
}

async function atDoors(contract: Contract, control: TestControl, { running, ended }: Sandboxes): Promise<void> {
  const doorsOf = async (id: string, port: number) => [
    `/v1/sandboxes/${id}/proxy/${port}`,
    new URL(await control.port(id, port)).pathname,
  ];
  const [open, silent, shut] = [await doorsOf(running, 8000), await doorsOf(running, 1), await doorsOf(ended, 8000)];
  const isDoor = (path: string) => path.startsWith('/v1/') && path.endsWith('{path}');
  const methods = new Set(contract.operations.filter(({ path }) => isDoor(path)).map(({ method }) => method));
  assert.ok(methods.size > 5);
  const locked = [open[0]!, open[1]!.replace(/ports\/[^/]+/, 'ports/wrong')];
  const stranger = { 'open-sandbox-api-key': 'wrong' };
  for (const [index, door] of open.entries()) {
    for (const method of methods) {
      await contract.call(`${method} ${door}/headers`, method === 'GET' || method === 'POST' ? 200 : 501);
      await contract.call(`${method} ${door.replace(/8000$/, '08000')}/`, 'INVALID_PORT');
      await contract.call(`${method} ${silent[index]}/`, 'PORT_NOT_REACHABLE');
      await contract.call(`${method} ${door.replace(running, 'a.b')}/`, 'ROUTE_NOT_FOUND');
      await contract.call(`${method} ${locked[index]}/`, 'INVALID_ACCESS_TOKEN', { headers: stranger });
      await contract.call(`${method} ${shut[index]}/`, 'DOCKER::SANDBOX_NOT_RUNNING');
    }
    const headers = { 'open-sandbox-api-key': control.apiKey };
    const socket = new WebSocket(`${control.url.replace('http', 'ws')}${door}/ws`, { headers });
    await once(socket, 'open');
    contract.saw(`GET ${door}/ws`, 101);
    socket.close();
    await once(socket, 'close');
  }
}
