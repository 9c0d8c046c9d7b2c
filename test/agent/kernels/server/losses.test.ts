import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type NumberedEvent, textOf } from '../../code/code-client.ts';
import { startSandbox, until } from '../../code/sandbox.ts';
import { type JupyterServer, shareJupyterServer, startJupyterServer } from './jupyter-server.ts';
import { startProxy } from './proxy.ts';

let shared: JupyterServer;
shareJupyterServer((started) => {
  shared = started;
});

/** Prints `begun`, waits for a file, prints `done`. */
const waiting = (flag: string) => `import os, time
print("begun", flush=True)
while not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)
print("done")
kept = 7`;

function deathIn(events: NumberedEvent[]): string {
  const last = events.at(-1);
  assert.equal(last?.error?.ename, 'KernelDied', JSON.stringify(last));
  return last?.error?.evalue ?? '';
}

test('a kernel that is killed in its server is told of once, in the middle of a cell, and the next runs in a new one', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext({ server: shared });
  const running = await sandbox.open('print("begun", flush=True)\nimport time\ntime.sleep(600)', { id });
  await running.stdoutUntil('begun\n');
  const [before] = await shared.kernels();
  process.kill(await shared.kernelPid(), 'SIGKILL');
  assert.match(deathIn(await running.rest()), /died, and its server has not said why/);
  assert.equal((await sandbox.context(id)).state, 'dead');
  const next = await sandbox.cell('print("again")', { id });
  assert.match(textOf(next.events, 'stderr'), /this cell runs in a new kernel/);
  assert.equal(textOf(next.events, 'stdout'), 'again\n');
  assert.equal(textOf((await sandbox.cell('1', { id })).events, 'stderr'), '');
  await until(
    async () => (await shared.kernels()).length === 1,
    'the one that the server started in its place is gone',
  );
  assert.notDeepEqual(await shared.kernels(), [before]);
});

test('a kernel that is killed in its server while it is idle is noticed', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext({ server: shared });
  process.kill(await shared.kernelPid(), 'SIGKILL');
  await until(async () => (await sandbox.context(id)).state === 'dead', 'the context is dead');
  await until(async () => (await shared.kernels()).length === 0, 'nothing of it is left in the server');
});

test('exit(), and a kernel that somebody else ends or starts again in the server, end it here too', async (t) => {
  const sandbox = await startSandbox(t);
  const one = await sandbox.createContext({ server: shared });
  assert.match(deathIn((await sandbox.cell('exit()', one)).events), /exited, as its cell asked/);
  await until(async () => (await shared.kernels()).length === 0, 'the server has not started it again');
  for (const [method, action] of [
    ['DELETE', ''],
    ['POST', '/restart'],
  ] as const) {
    await sandbox.request('DELETE', '/code/contexts?language=python');
    assert.deepEqual(await shared.kernels(), []);
    const { id } = await sandbox.createContext({ server: shared });
    const running = await sandbox.open('print("begun", flush=True)\nimport time\ntime.sleep(600)', { id });
    await running.stdoutUntil('begun\n');
    const [kernel] = await shared.kernels();
    await shared.api(method, `api/kernels/${kernel}${action}`);
    await running.rest();
    await until(async () => (await sandbox.context(id)).state === 'dead', 'the context is dead');
    assert.match(textOf((await sandbox.cell('1', { id })).events, 'stderr'), /ended in its server|died/);
  }
});

test('a server that is killed in the middle of a cell ends it with the reason, and the next says that it is gone', async (t) => {
  const sandbox = await startSandbox(t);
  const server = await startJupyterServer(t);
  const { id } = await sandbox.createContext({ server });
  const running = await sandbox.open('print("begun", flush=True)\nimport time\ntime.sleep(600)', { id });
  await running.stdoutUntil('begun\n');
  await server.kill();
  assert.equal(await sandbox.interrupt(id), 200);
  assert.match(deathIn(await running.rest()), /lost: The kernel server at .* can’t be reached: ECONNREFUSED\. What/);
  assert.equal((await sandbox.context(id)).state, 'dead');
  assert.equal((await sandbox.cell('1', { id })).error.code, 'KERNEL_SERVER_UNREACHABLE');
  const port = Number(new URL(server.url).port);
  await startJupyterServer(t, { port, token: server.token });
  const { events } = await sandbox.cell('print("again")', { id });
  assert.equal(textOf(events, 'stdout'), 'again\n');
});

test('a connection that breaks in the middle of a cell is made again: the cell goes on, and its reader is told', async (t) => {
  const sandbox = await startSandbox(t);
  const proxy = await startProxy(t, shared.url);
  const { id } = await sandbox.createContext({ server: { url: proxy.url, token: shared.token } });
  const flag = join(sandbox.dir, 'work/go-on');
  const running = await sandbox.open(waiting(flag), { id });
  await running.stdoutUntil('begun\n');
  await proxy.cut();
  const told = await running.until('stderr');
  assert.match(told.text ?? '', /connection to the kernel server broke/);
  writeFileSync(flag, '');
  const events = await running.rest();
  assert.equal(textOf(events, 'stdout'), 'done\n');
  assert.equal(events.at(-1)?.type, 'execution_complete');
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '7\n');
  assert.ok(!proxy.requests.some((line) => line.includes(shared.token)), 'no token is in an address');
});

test('a cell that ends while the connection is down has its end told afterwards', async (t) => {
  const sandbox = await startSandbox(t);
  const proxy = await startProxy(t, shared.url);
  const { id } = await sandbox.createContext({ server: { url: proxy.url, token: shared.token } });
  const [flag, end] = [join(sandbox.dir, 'work/flag'), join(sandbox.dir, 'work/end')];
  const running = await sandbox.open(`${waiting(flag)}\nopen(${JSON.stringify(end)}, "w").close()`, { id });
  await running.stdoutUntil('begun\n');
  await proxy.cut('held');
  await until(() => proxy.held() > 0, 'the break was noticed');
  assert.equal((await sandbox.context(id)).state, 'busy');
  writeFileSync(flag, '');
  await until(() => existsSync(end), 'the cell has ended');
  proxy.restore();
  const events = await running.rest();
  assert.match(textOf(events, 'stderr'), /connection to the kernel server broke/);
  assert.equal(events.at(-1)?.type, 'execution_complete');
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '7\n');
});

test('a cell whose reply was lost on the way ends with that as its error, and the state is kept', async (t) => {
  const sandbox = await startSandbox(t);
  const proxy = await startProxy(t, shared.url);
  const { id } = await sandbox.createContext({ server: { url: proxy.url, token: shared.token } });
  const flag = join(sandbox.dir, 'work/flag');
  const running = await sandbox.open(waiting(flag), { id });
  await running.stdoutUntil('begun\n');
  proxy.lose();
  writeFileSync(flag, '');
  await until(() => proxy.lost().includes('execute_reply'), 'the reply got lost');
  await proxy.cut();
  const events = await running.rest();
  assert.match(textOf(events, 'stderr'), /connection to the kernel server broke/);
  assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'ReplyLost');
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '7\n');
});

test('a context that is deleted while its kernel starts in the server leaves nothing there', async (t) => {
  const sandbox = await startSandbox(t);
  const { url } = await startProxy(t, shared.url, true);
  const starting = sandbox.request('POST', '/code/context', { server: { url, token: shared.token } });
  await until(async () => (await shared.kernels()).length === 1, 'the server has started the kernel');
  const [context] = (await (await sandbox.request('GET', '/code/contexts')).json()) as { id: string; state: string }[];
  assert.equal(context?.state, 'starting');
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${context?.id}`)).status, 200);
  assert.deepEqual(await shared.kernels(), []);
  assert.equal((await starting).status, 404);
});

test('an idle context whose connection is down is not said to be idle, and dead when the server stays away', async (t) => {
  const sandbox = await startSandbox(t);
  const proxy = await startProxy(t, shared.url);
  const { id } = await sandbox.createContext({ server: { url: proxy.url, token: shared.token } });
  await proxy.cut('closed');
  await until(async () => (await sandbox.context(id)).state !== 'idle', 'the break was noticed');
  await until(async () => (await sandbox.context(id)).state === 'dead', 'the server was given up');
  proxy.restore();
  const { events } = await sandbox.cell('print(1)', { id });
  assert.equal(textOf(events, 'stdout'), '1\n');
});
