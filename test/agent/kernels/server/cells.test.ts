import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf, typesOf } from '../../code/code-client.ts';
import { startSandbox, until } from '../../code/sandbox.ts';
import { type JupyterServer, shareJupyterServer, startJupyterServer } from './jupyter-server.ts';

let server: JupyterServer;
shareJupyterServer((started) => {
  server = started;
});

test('a context in a server keeps state, and tells output, rich results and errors as others do', async (t) => {
  const sandbox = await startSandbox(t);
  const { url, token } = server;
  const { id, state } = await sandbox.createContext({ server: { url, token } });
  assert.equal(state, 'idle');
  assert.equal((await server.kernels()).length, 1);
  await sandbox.cell('kept = 41', { id });
  const { events } = await sandbox.cell('import sys\nprint("out")\nprint("err", file=sys.stderr)\nkept + 1', { id });
  assert.equal(textOf(events, 'stdout'), 'out\n');
  assert.equal(textOf(events, 'stderr'), 'err\n');
  assert.equal(events.find(({ type }) => type === 'result')?.results?.text, '42');
  assert.equal(events.find(({ type }) => type === 'execution_count')?.execution_count, 2);
  assert.equal(events.at(-1)?.type, 'execution_complete');
  const rich = await sandbox.cell('from IPython.display import *\ndisplay(HTML("<b>x</b>"))\nSVG("<svg/>")', { id });
  const results = rich.events.filter(({ type }) => type === 'result').map((event) => event.results ?? {});
  assert.equal(results[0]?.['text/html'], '<b>x</b>');
  assert.match(results[1]?.['image/svg+xml'] ?? '', /<svg/);
  const failed = await sandbox.cell('1 / 0', { id });
  const { error } = failed.events.find(({ type }) => type === 'error') ?? {};
  assert.equal(error?.ename, 'ZeroDivisionError');
  assert.ok((error?.traceback?.length ?? 0) > 0);
  assert.deepEqual(typesOf(failed.events).at(-1), 'execution_complete');
});

test('deleting a context ends its kernel in the server, idle or busy, and the session with it', async (t) => {
  const sandbox = await startSandbox(t);
  const [idle, busy] = [await sandbox.createContext({ server }), await sandbox.createContext({ server })];
  const running = await sandbox.open('print("begun", flush=True)\nimport time\ntime.sleep(600)', busy);
  await running.stdoutUntil('begun\n');
  assert.equal((await server.kernels()).length, 2);
  for (const { id } of [idle, busy])
    assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  assert.deepEqual(await server.kernels(), []);
  assert.deepEqual(await (await server.api('GET', 'api/sessions')).json(), []);
  const { error } = (await running.rest()).at(-1) ?? {};
  assert.equal(error?.ename, 'ContextDeleted');
});

test('a cell in a server is interrupted, a second is refused meanwhile, and the state is kept', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext({ server });
  const running = await sandbox.open('kept = 1\nprint("begun", flush=True)\nimport time\ntime.sleep(600)', { id });
  await running.stdoutUntil('begun\n');
  assert.equal((await sandbox.context(id)).state, 'busy');
  assert.equal((await sandbox.cell('1', { id })).error.code, 'CONTEXT_BUSY');
  assert.equal(await sandbox.interrupt(id), 200);
  const events = await running.rest();
  assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'KeyboardInterrupt');
  await until(async () => (await sandbox.context(id)).state === 'idle', 'the context is idle');
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '1\n');
});

test('a cell in a server works in the directory of its context, by name of the kernel too', async (t) => {
  const sandbox = await startSandbox(t);
  const cwd = join(sandbox.dir, 'work/it’s "here"');
  mkdirSync(cwd);
  const named = await sandbox.createContext({ server, language: 'python3', cwd });
  assert.equal(textOf((await sandbox.cell('import os; print(os.getcwd())', named)).events, 'stdout'), `${cwd}\n`);
  assert.equal(textOf((await sandbox.cell('print(_i)', named)).events, 'stdout'), 'import os; print(os.getcwd())\n');
  const usual = await sandbox.createContext({ server });
  const { events } = await sandbox.cell('import os; print(os.getcwd())', usual);
  assert.equal(textOf(events, 'stdout'), `${join(sandbox.dir, 'work')}\n`);
});

test('output that the server drops is told of, and the cell ends', async (t) => {
  const sandbox = await startSandbox(t);
  const server = await startJupyterServer(t, {
    args: ['--ServerApp.iopub_msg_rate_limit=5', '--ServerApp.rate_limit_window=1'],
  });
  const { id } = await sandbox.createContext({ server });
  const { events } = await sandbox.cell('for i in range(2000): print(i, flush=True)', { id });
  assert.ok(textOf(events, 'stdout').split('\n').length < 2000, 'the server dropped lines');
  assert.match(textOf(events, 'stderr'), /IOPub message rate exceeded/);
  assert.equal(events.at(-1)?.type, 'execution_complete');
});

test('5 MB in one message and 2,000 flushed lines arrive whole from a server without limits', async (t) => {
  const sandbox = await startSandbox(t);
  const server = await startJupyterServer(t, {
    // The setting has moved; a server ignores the one that it does not know.
    args: ['ServerApp', 'ZMQChannelsWebsocketConnection'].flatMap((place) => [
      `--${place}.iopub_msg_rate_limit=0`,
      `--${place}.iopub_data_rate_limit=0`,
    ]),
  });
  const { id } = await sandbox.createContext({ server });
  const large = await sandbox.cell('print("x" * 5_000_000)', { id });
  assert.equal(textOf(large.events, 'stdout').length, 5_000_001);
  const lines = await sandbox.cell('for i in range(2000): print(i, flush=True)', { id });
  const expected = Array.from({ length: 2000 }, (_, i) => `${i}\n`).join('');
  const loss = /some of it may be missing|did not say/;
  assert.ok(textOf(lines.events, 'stdout') === expected || loss.test(textOf(lines.events, 'stderr')));
});

test('a server without a token is used without one', async (t) => {
  const sandbox = await startSandbox(t);
  const server = await startJupyterServer(t, { token: '' });
  const { id } = await sandbox.createContext({ server: { url: server.url } });
  assert.equal(textOf((await sandbox.cell('print(1)', { id })).events, 'stdout'), '1\n');
});

test('the sandbox’s environment chooses a server for every context, and its token is never shown', async (t) => {
  const environ = {
    CUBBY_KERNEL_SERVER_URL: `http://localhost:${new URL(server.url).port}`,
    JUPYTER_TOKEN: server.token,
  };
  const sandbox = await startSandbox(t, { environ });
  assert.equal(textOf((await sandbox.cell('print(1)')).events, 'stdout'), '1\n');
  assert.equal((await server.kernels()).length, 1);
  const listed = await (await sandbox.request('GET', '/code/contexts')).text();
  assert.deepEqual(JSON.parse(listed)[0].server, { url: server.url });
  assert.ok(!listed.includes(server.token));
});
