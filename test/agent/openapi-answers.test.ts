import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { OpenApi } from '../../shared/openapi/json.ts';
import { startAgent } from '../support/agent.ts';
import { type Call, Contract } from '../support/contract/contract.ts';
import { watchForDroppedFields } from '../support/contract/dropped.ts';
import { refuseGenerally } from '../support/contract/refusals.ts';
import { withTrace } from '../support/contract/trace.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { code } from './answers/code.ts';
import { commandTools } from './answers/command-tools.ts';
import { commands } from './answers/commands.ts';
import { fileRequests, files } from './answers/files.ts';
import { kernelServers } from './answers/kernel-servers.ts';
import { makePlace, type Place } from './answers/place.ts';
import { ports } from './answers/ports.ts';
import { program, programs } from './answers/programs.ts';
import { sessions } from './answers/sessions.ts';
import { terminals } from './answers/terminals.ts';
import { toolRequests, tools } from './answers/tools.ts';

/** What is described and can't be brought about here, with where it is tested instead. */
const excused: Record<string, string> = {
  RUNTIME_ERROR: 'for what nobody has foreseen',
  DISK_FULL: 'needs a full disk: test/agent/files/upload.test.ts',
  SPOOL_FULL: 'needs a full spool: test/agent/init/full-spool.test.ts',
  TOO_MANY_COMMANDS: 'needs a thousand commands',
  TOO_MANY_SESSIONS: 'needs a hundred sessions: test/agent/sessions/lifecycle.test.ts',
  TOO_MANY_TERMINALS: 'needs a hundred terminals, or sixteen clients: test/agent/terminals',
  ENTRYPOINT_FAILED: 'a sandbox whose entrypoint failed has ended: test/api/10-create.test.ts',
  METRICS_NOT_AVAILABLE: 'needs a kernel without cgroups: test/agent/metrics/routes.test.ts',
  'runCode WORKING_DIRECTORY_NOT_FOUND': 'needs a WORKDIR that its own user may not enter',
  'callExecuteCode KERNEL_NOT_AVAILABLE': 'needs a sandbox without Python',
  'warmKernels KERNEL_NOT_AVAILABLE': 'needs a sandbox without Python',
  'warmKernels KERNEL_DIED': 'needs a Python whose kernels die',
  'restartContext KERNEL_NOT_AVAILABLE': 'needs a kernel that goes after its context was made',
  'restartContext KERNEL_DIED': 'needs a kernel that works only once',
  'restartContext WORKING_DIRECTORY_NOT_FOUND': 'needs a directory that goes after its context was made',
  'restartContext KERNEL_SERVER_UNREACHABLE': 'needs a kernel server that goes after its context was made',
  'restartContext KERNEL_SERVER_REFUSED': 'needs a kernel server that changes its mind',
  'restartContext UNKNOWN_USER': 'needs a user who goes after the context was made',
  'restartContext USER_NOT_ALLOWED': 'needs a user who changes after the context was made',
};

engineTest('every answer of the agent is as its document says, and every one that it describes is given', async (t) => {
  const dropped = watchForDroppedFields(t);
  const place = makePlace(t);
  const settings = { CUBBY_ENVIRON: place.environ, CUBBY_KEEP_HOME: '1', CUBBY_USER: place.user };
  const agent = await startAgent(t, settings);
  // A kernel's user finds its connection file in the spool.
  chmodSync(agent.dir, 0o755);
  const document = (await (await agent.fetch('/openapi.json')).json()) as OpenApi;
  const token = { 'x-execd-access-token': agent.config.token };
  const contract = new Contract(document, withTrace(agent.url, token, agent.fetch));

  await t.test('requests that need nothing but themselves, by a user who is there, may ask, and is not', async (t) => {
    const nobody = await startAgent(t, { CUBBY_USER: 'no-such-user' });
    const hardened = await startAgent(t, { CUBBY_USER: '0', CUBBY_HARDENED: '1' });
    for (const [route, call] of [...plainRequests(place), ['POST /entrypoint'] as [string]]) {
      if (route !== 'POST /entrypoint') await contract.call(route, 200, call);
      for (const [agent, code] of [
        [nobody, 'UNKNOWN_USER'],
        [hardened, 'USER_NOT_ALLOWED'],
      ] as const) {
        const needsUser = contract.describes(contract.operation(route), code);
        if (needsUser) await contract.call(route, code, { ...call, send: agent.fetch, empty: false });
      }
    }
  });

  await t.test('commands', () => commands(contract, agent));
  await t.test('tools that run something', () => commandTools(contract, agent));
  await t.test('programs', () => programs(contract, agent));
  await t.test('sessions', () => sessions(contract, agent));
  await t.test('terminals', (t) => terminals(contract, agent, t));
  await t.test('code', () => code(contract, agent));
  await t.test('kernel servers', (t) => kernelServers(contract, place, t));
  for (const where of place.files) await t.test(`files at ${where.prefix || 'the root'}`, () => files(contract, where));
  await t.test('tools', () => tools(contract, place.files[0]!.dir));
  await t.test('ports', (t) => ports(contract, agent, t));
  await t.test('metrics, isolation and the entrypoint', (t) => theRest(contract, t));
  await t.test('whoever has no token, and whatever is no request, on every route', () =>
    refuseGenerally(contract, {
      mostBytes: 16 * 1024 * 1024,
      unauthorized: [{ headers: { 'x-execd-access-token': 'wrong' }, code: 'INVALID_ACCESS_TOKEN' }],
    }),
  );
  contract.assertSeen(excused);
  assert.deepEqual(dropped, []);
});

/** One request of each operation that needs no more than a path: add a line for a new one. */
function plainRequests({ files }: Place): [route: string, call?: Call][] {
  const known = program();
  return [
    ['GET /ping', { empty: true }],
    ['GET /activity'],
    ['GET /openapi.json'],
    ['POST /command', { json: { command: 'echo out; echo err >&2; exit 3' } }],
    ['POST /programs', { json: known }],
    ['POST /tools/runCommand', { json: { command: 'true' } }],
    ['POST /tools/getCommandOutput', { json: { commandId: known.id } }],
    ['POST /tools/executeCode', { json: { code: 'print(1)' } }],
    ['POST /tools/killCommand', { json: { commandId: 'nobody' } }],
    ['POST /session', { json: { cwd: '/' } }],
    ['GET /sessions'],
    ['POST /code', { json: { code: 'print(1); 2; 1/0' } }],
    ['POST /code/context', { json: { language: 'python' } }],
    ['GET /code/contexts'],
    ['GET /code/executions'],
    ['POST /code/kernels/warm'],
    ['DELETE /code/contexts?language=python'],
    ...files.flatMap(fileRequests),
    ...toolRequests(files[0]!.dir),
    ['GET /metrics'],
    ['GET /metrics/watch', { take: 1 }],
    ['GET /metrics/watch', { take: 1, headers: { accept: 'text/event-stream' } }],
    ['GET /v1/isolated/capabilities'],
  ];
}

async function theRest(contract: Contract, t: TestContext): Promise<void> {
  for (const method of ['GET', 'POST']) await contract.call(`${method} /entrypoint`, 'NOT_SUPPORTED');
  const control = await startTestControl(t);
  const { id } = await control.create();
  const { fetch: send } = await control.agent(id);
  for (const method of ['GET', 'POST']) await contract.call(`${method} /entrypoint`, 200, { send });
  for (const accept of ['text/plain', 'application/openmetrics-text'])
    await contract.call('GET /metrics', 200, { send, headers: { accept } });
}
