import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startSandbox } from '../../code/sandbox.ts';
import { freePort, type JupyterServer, shareJupyterServer } from './jupyter-server.ts';

let server: JupyterServer;
shareJupyterServer((started) => {
  server = started;
});

/** Something that listens, and is no Jupyter Server. */
async function listen(t: TestContext, answer: RequestListener): Promise<string> {
  const other = createServer(answer);
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  t.after(() => void other.closeAllConnections());
  t.after(() => void other.close());
  return `http://127.0.0.1:${port}/`;
}

test('a wrong token, a wrong base path, a wrong port and an unknown language each have their own error', async (t) => {
  const sandbox = await startSandbox(t);
  const { url, token } = server;
  for (const [request, status, code, said] of [
    [{ server: { url, token: 'another-secret' } }, 502, 'KERNEL_SERVER_REFUSED', /does not accept the token/],
    [{ server: { url } }, 502, 'KERNEL_SERVER_REFUSED', /does not accept the token/],
    [{ server: { url: `${url}user/me`, token } }, 502, 'KERNEL_SERVER_REFUSED', /base path.*404/],
    [{ server: { url: `http://127.0.0.1:${await freePort()}`, token } }, 502, 'KERNEL_SERVER_UNREACHABLE', /REFUSED/],
    [
      { server, language: 'cobol' },
      501,
      'KERNEL_NOT_AVAILABLE',
      /kernel server at .* has no kernel for cobol. It has: .*python/,
    ],
    [{ server, cwd: '/root/nowhere' }, 400, 'WORKING_DIRECTORY_NOT_FOUND', /nowhere/],
  ] as const) {
    const answer = await sandbox.request('POST', '/code/context', request);
    const error = (await answer.json()) as { code: string; message: string };
    assert.deepEqual([answer.status, error.code], [status, code]);
    assert.match(error.message, said);
    assert.ok(!error.message.includes('secret'), 'no token is in the message');
  }
  assert.deepEqual(await server.kernels(), []);
  assert.deepEqual(readdirSync(join(sandbox.dir, 'spool')), []);
  assert.deepEqual(await (await sandbox.request('GET', '/code/contexts')).json(), []);
});

test('an address outside the sandbox, or with a secret where it would be shown, is refused', async (t) => {
  const sandbox = await startSandbox(t);
  for (const url of [
    'http://10.0.0.1:8888/',
    'http://example.org/',
    'http://localhost.example.org/',
    'http://127.0.0.1.example.org/',
    'http://[::ffff:10.0.0.1]/',
    'http://user:secret@127.0.0.1/',
    'file:///etc/passwd',
    'unix:///.cubby/run/agent.sock',
    'http://',
    '',
    `http://127.0.0.1/${'x'.repeat(5000)}`,
  ]) {
    const answer = await sandbox.request('POST', '/code/context', { server: { url } });
    const error = (await answer.json()) as { code: string; field: string };
    assert.deepEqual([answer.status, error.code, error.field], [400, 'INVALID_REQUEST_BODY', 'server.url'], url);
  }
  for (const [wrong, field] of [
    [{ url: server.url, token: 'a\r\nb' }, 'server.token'],
    [{ token: 'a' }, 'server.url'],
    ['http://127.0.0.1', 'server'],
  ] as const) {
    const answer = await sandbox.request('POST', '/code/context', { server: wrong });
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { field: string }).field],
      [400, field],
      JSON.stringify(wrong),
    );
  }
});

test('a server that redirects, never stops or says nonsense gets no token elsewhere and ends nothing', async (t) => {
  const sandbox = await startSandbox(t);
  const seen: (string | undefined)[] = [];
  const elsewhere = await listen(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  const endless = 'x'.repeat(64 * 1024);
  for (const [answer, said] of [
    [(_, response) => response.writeHead(302, { location: elsewhere }).end(), /redirect/],
    [(_, response) => response.end('<html>'), /no Jupyter server/],
    [(_, response) => response.end('{"kernelspecs": 7}'), /no Jupyter server/],
    [(_, response) => response.end('{"kernelspecs": {"a": null, "b": {"spec": {}}}}'), /It has: none/],
    [(_, response) => response.writeHead(500).end(JSON.stringify({ message: endless })), /500/],
    [
      (_, response) => {
        const more = () => {
          while (response.writable && response.write(endless));
        };
        response.on('drain', more);
        more();
      },
      /more than/,
    ],
  ] satisfies [RequestListener, RegExp][]) {
    const url = await listen(t, answer);
    const refusal = await sandbox.request('POST', '/code/context', { server: { url, token: 'abc' } });
    const { message } = (await refusal.json()) as { message: string };
    assert.match(message, said);
    assert.ok(message.length < 1000);
  }
  assert.deepEqual(seen, []);
});

test('an address in the sandbox’s environment that is none is said to be wrong, and no other kernel is started', async (t) => {
  const sandbox = await startSandbox(t, { environ: { CUBBY_KERNEL_SERVER_URL: 'http://example.org/' } });
  const { status, error } = await sandbox.cell('1');
  assert.deepEqual([status, error.code, error.field], [501, 'KERNEL_NOT_AVAILABLE', 'CUBBY_KERNEL_SERVER_URL']);
});
