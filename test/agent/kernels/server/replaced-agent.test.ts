import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandboxWithAgents } from '../../code/agents.ts';
import { textOf } from '../../code/code-client.ts';
import { until } from '../../code/sandbox.ts';
import { type JupyterServer, shareJupyterServer } from './jupyter-server.ts';
import { startProxy } from './proxy.ts';

let server: JupyterServer;
shareJupyterServer((started) => {
  server = started;
});

test('a new agent goes on with the kernels in a server of one that was killed, with a cell that runs too', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const flag = join(disk.dir, 'work/go-on');
  const first = await start();
  const { id } = await first.createContext({ server });
  const wait = `import os, time
print("begun", flush=True)
while not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)
kept = 41`;
  await (await first.open(wait, { id })).stdoutUntil('begun\n');
  const before = await server.kernels();
  await first.end('SIGKILL');
  const second = await start();
  await until(async () => (await second.context(id)).state === 'busy', 'the kernel was found to be busy');
  assert.equal((await second.cell('1', { id })).error.code, 'CONTEXT_BUSY');
  writeFileSync(flag, '');
  await until(async () => (await second.context(id)).state === 'idle', 'the cell ended');
  const { events } = await second.cell('print(kept + 1)', { id });
  assert.equal(textOf(events, 'stdout'), '42\n');
  assert.equal(textOf(events, 'stderr'), '');
  assert.deepEqual(await server.kernels(), before);
  assert.equal((await second.request('DELETE', `/code/contexts/${id}`)).status, 200);
  assert.deepEqual(await server.kernels(), []);
});

test('a kernel that was just starting in a server when the agent was killed is ended by the next', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const { url } = await startProxy(t, server.url, true);
  const first = await start();
  const starting = first.createContext({ server: { url, token: server.token } }).catch((error: unknown) => error);
  await until(async () => (await server.kernels()).length === 1, 'the server has started the kernel');
  await first.end('SIGKILL');
  assert.ok((await starting) instanceof Error, 'the kernel was not ready yet');
  const second = await start();
  await until(async () => (await server.kernels()).length === 0, 'nothing of it is left in the server');
  await until(() => readdirSync(join(disk.dir, 'spool')).length === 0, 'and nothing is kept of it');
  assert.deepEqual(await (await second.request('GET', '/code/contexts')).json(), []);
});

test('a kernel that the server ended while there was no agent is told of at the next cell', async (t) => {
  const { start } = startSandboxWithAgents(t);
  const first = await start();
  const { id } = await first.createContext({ server });
  await first.end('SIGKILL');
  const [kernel] = await server.kernels();
  await server.api('DELETE', `api/kernels/${kernel}`);
  const second = await start();
  await until(async () => (await second.context(id)).state === 'dead', 'the end was noticed');
  const { events } = await second.cell('print(1)', { id });
  assert.match(textOf(events, 'stderr'), /new kernel/);
  assert.equal(textOf(events, 'stdout'), '1\n');
});
