import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, deadPort, startAgent, startProgram, startTcpProgram, textOf } from './agent.ts';

test('the program is told how the client reached it, behind what the gateway said', async (t) => {
  const { port } = await startProgram(t, (request, response) => response.end(JSON.stringify(request.headers)));
  const agent = await startAgent(t);
  const direct = JSON.parse(
    await textOf(await ask(agent.port, `/proxy/${port}/`, { headers: { host: 'box.example:8080' } })),
  );
  assert.equal(direct['x-forwarded-host'], 'box.example:8080');
  assert.equal(direct['x-forwarded-proto'], 'http');
  assert.equal(direct['x-forwarded-for'], '127.0.0.1');
  assert.equal(direct['x-forwarded-prefix'], `/proxy/${port}`);
  const headers = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'cubby.example',
    'x-forwarded-prefix': '/sandboxes/x/',
    forwarded: 'for=evil',
  };
  const behind = JSON.parse(await textOf(await ask(agent.port, `/proxy/${port}/`, { headers })));
  assert.equal(behind['x-forwarded-for'], '203.0.113.9, 127.0.0.1');
  assert.equal(behind['x-forwarded-proto'], 'https');
  assert.equal(behind['x-forwarded-host'], 'cubby.example');
  assert.equal(behind['x-forwarded-prefix'], `/sandboxes/x/proxy/${port}`);
  assert.equal(behind.forwarded, undefined);
});

test('a redirect to the program’s own address or to a path leads the client below the prefix', async (t) => {
  const { port } = await startProgram(t, (request, response) => {
    const location = decodeURIComponent(String(request.url).slice(2)).replaceAll('PORT', String(port));
    response.writeHead(302, { location }).end();
  });
  const agent = await startAgent(t);
  const redirects = {
    '/login?next=/': '/box/proxy/PORT/login?next=/',
    'http://127.0.0.1:PORT/a': '/box/proxy/PORT/a',
    'http://LOCALHOST:PORT': '/box/proxy/PORT',
    '/box/proxy/PORT/x': '/box/proxy/PORT/x',
    'relative/x': 'relative/x',
    '?x=1': '?x=1',
    '//elsewhere.example/x': '//elsewhere.example/x',
    'https://elsewhere.example/': 'https://elsewhere.example/',
    'http://127.0.0.1:PORT1/': 'http://127.0.0.1:PORT1/',
  };
  for (const [given, expected] of Object.entries(redirects)) {
    const path = `/proxy/${port}/?${encodeURIComponent(given)}`;
    const answer = await ask(agent.port, path, { headers: { 'x-forwarded-prefix': '/box' } });
    assert.equal(answer.headers.location, expected.replaceAll('PORT', String(port)), given);
    answer.resume();
  }
});

test('a page of the program’s own is its own to the program, and another page stays another', async (t) => {
  const { port } = await startProgram(t, (request, response) => response.end(request.headers.origin));
  const agent = await startAgent(t);
  const originFor = async (origin: string) =>
    textOf(await ask(agent.port, `/proxy/${port}/`, { headers: { origin, 'x-forwarded-host': 'cubby.example' } }));
  assert.equal(await originFor('https://cubby.example'), `http://127.0.0.1:${port}`);
  assert.equal(await originFor('https://evil.example'), 'https://evil.example');
  assert.equal(await originFor('https://cubby.example.evil.example'), 'https://cubby.example.evil.example');
  assert.equal(await originFor('null'), 'null');
});

test('a program that listens on IPv6 alone is found', async (t) => {
  const { port } = await startProgram(t, (_, response) => response.end('six'), {
    host: '::1',
    port: await deadPort(t),
  });
  const agent = await startAgent(t);
  assert.equal(await textOf(await ask(agent.port, `/proxy/${port}/`)), 'six');
});

test('every other spelling of a port is refused before anything is connected', async (t) => {
  let connections = 0;
  const { port } = await startTcpProgram(t, (socket) => {
    connections++;
    socket.destroy();
  });
  const agent = await startAgent(t);
  const digits = String(port);
  for (const spelling of [
    `0${digits}`,
    `+${digits}`,
    `%3${digits[0]}${digits.slice(1)}`,
    `${digits}%20`,
    `-${digits}`,
    `0x${port.toString(16)}`,
    `${digits}.0`,
    '',
    '0',
    '65536',
  ]) {
    const answer = await ask(agent.port, `/proxy/${spelling}/`);
    assert.equal(answer.statusCode, 400, spelling);
    const problem = JSON.parse(await textOf(answer));
    assert.equal(problem.code, 'INVALID_PORT');
    assert.match(problem.expected, /from 1 to 65535/);
  }
  const answer = await ask(agent.port, `/%70roxy/${port}/`);
  assert.equal(answer.statusCode, 400);
  answer.resume();
  assert.equal(connections, 0);
});
