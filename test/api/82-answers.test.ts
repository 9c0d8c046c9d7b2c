import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { OpenApi } from '../../shared/openapi/json.ts';
import { Contract } from '../support/contract/contract.ts';
import { watchForDroppedFields } from '../support/contract/dropped.ts';
import { refuseGenerally } from '../support/contract/refusals.ts';
import { withTrace } from '../support/contract/trace.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { foreignVolume } from '../support/engine-volumes.ts';
import { hostDirectory } from '../support/host-directory.ts';
import { chatKey, chatUrl } from '../support/lobehub.ts';
import { startPortServer } from '../support/port-server.ts';
import { issuers } from '../support/signing.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';
import { bare } from './answers/bare.ts';
import { atDoors } from './answers/doors.ts';
import { aboutExecutions } from './answers/executions.ts';
import { asLobehub, excusedOfLobehub } from './answers/lobehub.ts';
import { aboutPolicies } from './answers/policies.ts';
import { aboutPaused, aboutSandboxes } from './answers/sandboxes.ts';
import { aboutSnapshots } from './answers/snapshots.ts';
import { aboutTemplateSessions, excusedOfSessions } from './answers/template-sessions.ts';
import { aboutTemplates } from './answers/templates.ts';
import { excusedOfTools } from './answers/tools.ts';
import { aboutVolumes } from './answers/volumes.ts';
import { aboutWorkspaces } from './answers/workspaces.ts';

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
