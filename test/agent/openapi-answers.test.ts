import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { OpenApi } from '../../shared/openapi/json.ts';
import { readEvents, startAgent, type TestAgent } from '../support/agent.ts';
import { type Call, Contract } from '../support/contract/contract.ts';
import { refuseGenerally } from '../support/contract/refusals.ts';
import { withTrace } from '../support/contract/trace.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { python } from './kernels/sandbox.ts';
import { refusal, TerminalClient } from './terminals/terminal-client.ts';

const isRoot = process.getuid!() === 0;

/** What is described and can't be brought about here, with where it is tested instead. */
const excused: Record<string, string> = {
  RUNTIME_ERROR: 'for what nobody has foreseen',
  DISK_FULL: 'needs a full disk: test/agent/files/upload.test.ts',
  SPOOL_FULL: 'needs a full spool: test/agent/init/full-spool.test.ts',
  TOO_MANY_COMMANDS: 'needs a thousand commands',
  TOO_MANY_TERMINALS: 'needs a hundred terminals, or sixteen clients: test/agent/terminals',
  ENTRYPOINT_FAILED: 'a sandbox whose entrypoint failed has ended: test/api/10-create.test.ts',
  METRICS_NOT_AVAILABLE: 'needs a kernel without cgroups: test/agent/metrics/routes.test.ts',
  'runCode WORKING_DIRECTORY_NOT_FOUND': 'needs a WORKDIR that its own user may not enter',
};

engineTest('every answer of the agent is as its document says, and every one that it describes is given', async (t) => {
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
  await t.test('terminals', (t) => terminals(contract, agent, t));
  await t.test('code', () => code(contract, agent));
  await t.test('files', () => files(contract, place));
  await t.test('ports', (t) => ports(contract, agent, t));
  await t.test('metrics, isolation and the entrypoint', (t) => theRest(contract, t));
  await t.test('whoever has no token, and whatever is no request, on every route', () =>
    refuseGenerally(contract, {
      unauthorized: [{ headers: { 'x-execd-access-token': 'wrong' }, code: 'INVALID_ACCESS_TOKEN' }],
    }),
  );
  contract.assertSeen(excused);
});

/** Directories and files that requests are about, and who makes them. */
interface Place {
  dir: string;
  environ: string;
  user: string;
}

function makePlace(t: TestContext): Place {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-openapi-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  chmodSync(dir, 0o755);
  // Root's agent acts as somebody else, who doesn't get everywhere.
  const [uid, gid] = isRoot ? [12345, 23456] : [process.getuid!(), process.getgid!()];
  const kernels = {
    python3: { argv: [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'], language: 'python' },
    broken: { argv: ['/bin/sh', '-c', 'exit 3'], language: 'broken' },
  };
  for (const [name, spec] of Object.entries(kernels)) {
    mkdirSync(join(dir, 'kernels', name), { recursive: true });
    writeFileSync(join(dir, 'kernels', name, 'kernel.json'), JSON.stringify(spec));
  }
  for (const name of ['work', 'closed']) mkdirSync(join(dir, name));
  for (const name of ['file', 'other', 'removed']) writeFileSync(join(dir, 'work', name), 'one\ntwo\n');
  mkdirSync(join(dir, 'work/tree'));
  for (const path of ['work', 'work/file', 'work/other', 'work/removed', 'work/tree'])
    chownSync(join(dir, path), uid, gid);
  chmodSync(join(dir, 'closed'), 0);
  const environ = join(dir, 'environ');
  const variables = { PATH: process.env.PATH, HOME: join(dir, 'work'), JUPYTER_PATH: dir };
  writeFileSync(
    environ,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
  return { dir: join(dir, 'work'), environ, user: `${uid}:${gid}` };
}

/** One request of each operation that needs no more than a path: add a line for a new one. */
function plainRequests({ dir }: Place): [route: string, call?: Call][] {
  const mode = { mode: 644 };
  return [
    ['GET /ping', { empty: true }],
    ['GET /openapi.json'],
    ['POST /command', { json: { command: 'echo out; echo err >&2; exit 3' } }],
    ['POST /code', { json: { code: 'print(1); 2; 1/0' } }],
    ['POST /code/context', { json: { language: 'python' } }],
    ['GET /code/contexts'],
    ['DELETE /code/contexts?language=python'],
    [`GET /files/info?path=${dir}/file&path=${dir}`],
    ['POST /files/permissions', { json: { [`${dir}/file`]: mode } }],
    ['POST /files/mv', { json: [{ src: `${dir}/other`, dest: `${dir}/moved` }] }],
    [`GET /files/search?path=${dir}&pattern=*`],
    [`GET /directories/list?path=${dir}`],
    ['POST /directories', { json: { [`${dir}/made`]: mode } }],
    [`DELETE /directories?path=${dir}/made`],
    ['POST /files/replace?verbose=true', { json: { [`${dir}/file`]: { old: 'one', new: '1' } } }],
    ['POST /files/replace', { json: { [`${dir}/file`]: { old: '1', new: 'one' } }, empty: true }],
    ['POST /files/upload', { body: uploadOf({ path: `${dir}/uploaded` }) }],
    [`GET /files/download?path=${dir}/file`],
    [`DELETE /files?path=${dir}/removed`],
    ['GET /metrics'],
    ['GET /metrics/watch', { take: 1 }],
    ['GET /metrics/watch', { take: 1, headers: { accept: 'text/event-stream' } }],
    ['GET /v1/isolated/capabilities'],
  ];
}

async function commands(contract: Contract, agent: TestAgent): Promise<void> {
  const id = await agent.background('echo out; exec sleep 1000');
  for (const [what, call] of [['output'], ['logs'], ['events', { take: 1 }]] as const) {
    await contract.call(`GET /command/${id}/${what}`, 200, call);
    await contract.call(`GET /command/nobody/${what}`, 'COMMAND_NOT_FOUND');
  }
  await contract.call(`GET /command/status/${id}`, 200);
  await contract.call(`DELETE /command?id=${id}`, 200);
  await contract.call(`DELETE /command?id=${id}`, 'COMMAND_NOT_RUNNING');
  await contract.call(`GET /command/status/${id}`, 200);
  await contract.call('GET /command/status/nobody', 'COMMAND_NOT_FOUND');
  await contract.call('DELETE /command?id=nobody', 'COMMAND_NOT_FOUND');
  await contract.call('DELETE /command', 'MISSING_QUERY');
  await contract.call(`DELETE /command?id=${'x'.repeat(200)}`, 'INVALID_PARAMETER');
  const start = (cwd: string) => ({ json: { command: 'true', cwd } });
  await contract.call('POST /command', 'WORKING_DIRECTORY_NOT_FOUND', start('/nowhere'));
  await contract.call('POST /command', 'INVALID_PARAMETER', start('$NOT_SET'));
}

async function terminals(contract: Contract, agent: TestAgent, t: TestContext): Promise<void> {
  const make = (more: object) => ({ json: { cwd: '/', ...more } });
  const { session_id: id } = await contract.call<{ session_id: string }>('POST /pty', 201, make({ cols: 90 }));
  await contract.call('POST /pty', 'WORKING_DIRECTORY_NOT_FOUND', make({ cwd: '/nowhere' }));
  await contract.call('POST /pty', 'INVALID_PARAMETER', make({ cwd: '$NOT_SET' }));
  for (const [settings, code] of [
    [{ CUBBY_USER: 'no-such-user' }, 'UNKNOWN_USER'],
    [{ CUBBY_USER: '0', CUBBY_HARDENED: '1' }, 'USER_NOT_ALLOWED'],
  ] as const) {
    await contract.call('POST /pty', code, { ...make({}), send: (await startAgent(t, settings)).fetch });
  }
  await contract.call('GET /pty', 200);
  const send = async (path: string) => {
    const { status, body } = await refusal(agent, path);
    return Response.json(body, { status });
  };
  const connect = `GET /pty/${id}/ws`;
  await contract.call(connect, 'UPGRADE_REQUIRED');
  await contract.call(`${connect}?since=x`, 'INVALID_PARAMETER');
  await contract.call(`${connect}?mode=viewer`, 'VIEWER_REQUIRES_RUNNING_SESSION', { send });
  await TerminalClient.open(t, agent, id);
  contract.saw(connect, 101);
  await contract.call(connect, 'ALREADY_CONNECTED', { send });
  await contract.call(`GET /pty/${id}`, 200);
  await contract.call(`DELETE /pty/${id}`, 200, { empty: true });
  for (const route of [connect, `GET /pty/${id}`, `DELETE /pty/${id}`]) await contract.call(route, 'CONTEXT_NOT_FOUND');
}

async function code(contract: Contract, agent: TestAgent): Promise<void> {
  const create = (more: object) => ({ json: { language: 'python', ...more } });
  const { id } = await contract.call<{ id: string }>('POST /code/context', 200, create({}));
  await contract.call(`GET /code/contexts/${id}`, 200);
  await contract.call('GET /code/contexts?language=python', 200);
  const cell = { json: { code: 'while True: pass', context: { id } } };
  const busy = await agent.post('/code', cell.json);
  await contract.call('POST /code', 'CONTEXT_BUSY', cell);
  await contract.call(`DELETE /code?id=${id}`, 200);
  await readEvents(busy);
  await contract.call(`DELETE /code/contexts/${id}`, 200);
  for (const route of ['GET /code/contexts/nobody', 'DELETE /code/contexts/nobody', 'DELETE /code?id=nobody'])
    await contract.call(route, 'CONTEXT_NOT_FOUND');
  await contract.call('POST /code', 'CONTEXT_NOT_FOUND', cell);
  for (const route of ['GET /code/contexts?language=', 'DELETE /code/contexts?language=', 'DELETE /code?id='])
    await contract.call(route, 'INVALID_PARAMETER');
  for (const route of ['DELETE /code/contexts', 'DELETE /code']) await contract.call(route, 'MISSING_QUERY');
  for (const [language, error] of [
    ['cobol', 'KERNEL_NOT_AVAILABLE'],
    ['broken', 'KERNEL_DIED'],
  ] as const) {
    await contract.call('POST /code/context', error, create({ language }));
    await contract.call('POST /code', error, { json: { code: '', context: { language } } });
  }
  await contract.call('POST /code/context', 'WORKING_DIRECTORY_NOT_FOUND', create({ cwd: '/nowhere' }));
  await contract.call('POST /code/context', 'INVALID_PARAMETER', create({ cwd: '$NOT_SET' }));
}

async function files(contract: Contract, { dir }: Place): Promise<void> {
  const access = { owner: '', group: '' };
  const requests: ((path: string) => [route: string, call?: Call])[] = [
    (path) => [`GET /files/info?path=${path}`],
    (path) => [`DELETE /files?path=${path}`],
    (path) => ['POST /files/permissions', { json: { [path]: { mode: 600 } } }],
    (path) => ['POST /files/mv', { json: [{ src: path, dest: `${path}-moved` }] }],
    (path) => ['POST /files/replace', { json: { [path]: { old: 'a', new: 'b' } } }],
    (path) => [`GET /files/search?path=${path}`],
    (path) => [`GET /directories/list?path=${path}`],
    (path) => ['POST /directories', { json: { [path]: access } }],
    (path) => [`DELETE /directories?path=${path}`],
    (path) => [`GET /files/download?path=${path}`],
    (path) => ['POST /files/upload', { body: uploadOf({ path }) }],
  ];
  for (const request of requests) {
    const ask = (path: string, expected: Parameters<Contract['call']>[1]) => {
      const [route, call] = request(path);
      return contract.call(route, expected, call);
    };
    await ask('$NOT_SET', 'INVALID_PARAMETER');
    await ask(`${dir}/file/below`, 'INVALID_FILE');
    await ask(`${dir}/../closed/inside`, 'PERMISSION_DENIED');
    const missing = contract.operation(request('x')[0]).responses['404'];
    if (missing) await ask(`${dir}/nowhere`, 'FILE_NOT_FOUND');
  }
  const pair = [{ src: `${dir}/file`, dest: `${dir}/moved` }];
  await contract.call('POST /files/mv', 'FILE_ALREADY_EXISTS', { json: pair });
  await contract.call('POST /directories', 'FILE_ALREADY_EXISTS', { json: { [`${dir}/file`]: access } });
  for (const route of ['GET /files/search', 'GET /directories/list', 'GET /files/download'])
    await contract.call(route, 'MISSING_QUERY');
  const download = `GET /files/download?path=${dir}/file`;
  await contract.call(`${download}&offset=1&limit=1`, 200);
  await contract.call(download, 206, { headers: { range: 'bytes=0-1' } });
  await contract.call(download, 'RANGE_NOT_SATISFIABLE', { headers: { range: 'bytes=100-' } });
  const upload = 'POST /files/upload';
  const headers = { 'content-type': 'multipart/form-data' };
  await contract.call(upload, 'INVALID_REQUEST_BODY', { body: 'no parts', headers });
  await contract.call(upload, 'INVALID_FILE_METADATA', { body: uploadOf('no object') });
  await contract.call(upload, 'INVALID_FILE_CONTENT', { body: uploadOf({ path: `${dir}/a` }, false) });
}

async function ports(contract: Contract, agent: TestAgent, t: TestContext): Promise<void> {
  const server = createServer((_, response) => response.end('a program’s own answer')).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server });
  t.after(() => {
    sockets.close();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const methods = contract.operations.filter(({ path }) => path === '/proxy/{port}/{path}').map(({ method }) => method);
  assert.ok(methods.length > 5);
  for (const method of methods) {
    await contract.call(`${method} /proxy/${port}/some/path?query=1`, 200);
    await contract.call(`${method} /proxy/0${port}/`, 'INVALID_PORT');
    await contract.call(`${method} /proxy/1/`, 'PORT_NOT_REACHABLE');
  }
  const headers = { 'x-execd-access-token': agent.config.token };
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}/proxy/${port}/`, { headers });
  await once(socket, 'open');
  contract.saw(`GET /proxy/${port}/`, 101);
  socket.close();
  await once(socket, 'close');
}

async function theRest(contract: Contract, t: TestContext): Promise<void> {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    await contract.call(`${method} /v1/isolated/sessions`, 'NOT_SUPPORTED');
  for (const method of ['GET', 'POST']) await contract.call(`${method} /entrypoint`, 'NOT_SUPPORTED');
  const control = await startTestControl(t);
  const { id } = await control.create();
  const { fetch: send } = await control.agent(id);
  for (const method of ['GET', 'POST']) await contract.call(`${method} /entrypoint`, 200, { send });
  for (const accept of ['text/plain', 'application/openmetrics-text'])
    await contract.call('GET /metrics', 200, { send, headers: { accept } });
}

function uploadOf(metadata: unknown, withFile = true): FormData {
  const form = new FormData();
  form.append('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }), 'metadata');
  if (withFile) form.append('file', new Blob(['content']), 'file');
  return form;
}
