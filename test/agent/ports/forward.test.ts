import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { ask, deadPort, startAgent, startProgram, startTcpProgram, textOf, token } from './agent.ts';

test('method, path, query, headers and body reach the program as they were sent, and its answer comes back', async (t) => {
  const { port } = await startProgram(t, async (request, response) => {
    const body = await textOf(request);
    response.writeHead(418, 'Short and stout', [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Case', 'Kept'],
    ]);
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
  });
  const agent = await startAgent(t);
  const answer = await ask(agent.port, `/proxy/${port}/a%2Fb//../c?q=%C3%BC&q=2`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer users-own',
      cookie: 'session=1',
      'content-type': 'text/weird; x',
      'x-mine': 'yes',
    },
    body: 'hello',
  });
  assert.equal(answer.statusCode, 418);
  assert.equal(answer.statusMessage, 'Short and stout');
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
  assert.ok(answer.rawHeaders.includes('X-Case'));
  const seen = JSON.parse(await textOf(answer));
  assert.equal(seen.method, 'POST');
  assert.equal(seen.url, '/a%2Fb//../c?q=%C3%BC&q=2');
  assert.equal(seen.body, 'hello');
  assert.equal(seen.headers.authorization, 'Bearer users-own');
  assert.equal(seen.headers.cookie, 'session=1');
  assert.equal(seen.headers['x-mine'], 'yes');
  assert.equal(seen.headers['content-length'], '5');
});

test('the agent’s token never reaches a program, whatever way it is written', async (t) => {
  const { port } = await startProgram(t, (request, response) => response.end(JSON.stringify(request.rawHeaders)));
  const agent = await startAgent(t);
  for (const name of ['X-EXECD-ACCESS-TOKEN', 'x-execd-access-token', 'X-Execd-Access-Token']) {
    const outgoing = request({ port: agent.port, path: `/proxy/${port}/`, agent: false });
    outgoing.setHeader(name, token).end();
    const [answer] = await once(outgoing, 'response');
    assert.equal(answer.statusCode, 200);
    assert.ok(!(await textOf(answer)).includes(token));
  }
});

test('fields about the connection stay on it, those that Connection names included', async (t) => {
  const { port } = await startProgram(t, (request, response) => {
    response.writeHead(200, {
      connection: 'close, x-secret-hop',
      'x-secret-hop': '1',
      'keep-alive': 'timeout=99',
      'x-end': '1',
    });
    response.end(JSON.stringify(request.headers));
  });
  const agent = await startAgent(t);
  const answer = await ask(agent.port, `/proxy/${port}/`, {
    headers: {
      connection: 'keep-alive, X-Hop, Host, Content-Length',
      'x-hop': '1',
      te: 'gzip',
      'proxy-authorization': 'x',
      'x-end': '1',
    },
  });
  assert.equal(answer.headers['x-secret-hop'], undefined);
  assert.notEqual(answer.headers['keep-alive'], 'timeout=99');
  assert.equal(answer.headers['x-end'], '1');
  const seen = JSON.parse(await textOf(answer));
  for (const name of ['x-hop', 'te', 'proxy-authorization']) assert.equal(seen[name], undefined, name);
  assert.equal(seen['x-end'], '1');
  assert.equal(seen.host, `127.0.0.1:${port}`);
});

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

test('every method gets through, with and without a body', async (t) => {
  const { port } = await startProgram(t, async (request, response) => {
    const body = await textOf(request);
    response.writeHead(200, {
      'x-seen': `${request.method}:${body}`,
      'x-coding': String(request.headers['transfer-encoding']),
    });
    response.end();
  });
  const agent = await startAgent(t);
  for (const method of [
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'MKCOL',
    'REPORT',
    'QUERY',
  ]) {
    const empty = await ask(agent.port, `/proxy/${port}/`, { method, headers: { 'content-length': 0 } });
    assert.equal(empty.headers['x-seen'], `${method}:`);
    assert.equal(empty.headers['x-coding'], 'undefined');
    empty.resume();
    for (const headers of [{ 'content-length': 4 }, { 'transfer-encoding': 'chunked' }]) {
      const full = await ask(agent.port, `/proxy/${port}/`, { method, headers, body: 'body' });
      assert.equal(full.headers['x-seen'], `${method}:body`);
      full.resume();
    }
  }
});

test('a body of any type and size is passed on unread', async (t) => {
  const { port } = await startProgram(t, async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    response.end(String(size));
  });
  const agent = await startAgent(t);
  for (const type of ['application/json', 'multipart/form-data', 'nonsense', ';;;', '']) {
    const headers = type ? { 'content-type': type } : {};
    const answer = await ask(agent.port, `/proxy/${port}/`, { method: 'POST', headers, body: Buffer.alloc(3_000_000) });
    assert.equal(await textOf(answer), '3000000', type);
  }
});

test('answers without a body stay without one, and their lengths are kept', async (t) => {
  const { port } = await startProgram(t, (request, response) => {
    if (request.method === 'HEAD') response.writeHead(200, { 'content-length': 12345 });
    else response.writeHead(request.url === '/204' ? 204 : 304, { etag: '"x"' });
    response.end();
  });
  const agent = await startAgent(t);
  const head = await ask(agent.port, `/proxy/${port}/`, { method: 'HEAD' });
  assert.equal(head.headers['content-length'], '12345');
  head.resume();
  for (const status of [204, 304]) {
    const answer = await ask(agent.port, `/proxy/${port}/${status}`);
    assert.equal(answer.statusCode, status);
    assert.equal(answer.headers['transfer-encoding'], undefined);
    assert.equal(await textOf(answer), '');
  }
});

test('trailers and early hints get through, both ways where they can', async (t) => {
  const { port } = await startProgram(t, async (request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    await textOf(request);
    response.writeHead(200, { trailer: 'X-Sum' });
    response.write('body');
    response.addTrailers({ 'X-Sum': `given ${request.trailers['x-given']}` });
    response.end();
  });
  const agent = await startAgent(t);
  const outgoing = request({
    port: agent.port,
    path: `/proxy/${port}/`,
    method: 'POST',
    agent: false,
    headers: { 'x-execd-access-token': token, 'transfer-encoding': 'chunked', trailer: 'X-Given' },
  });
  const hints = once(outgoing, 'information');
  outgoing.write('x');
  outgoing.addTrailers({ 'X-Given': '7' });
  outgoing.end();
  const [answer] = await once(outgoing, 'response');
  assert.equal((await hints)[0].headers.link, '</style.css>; rel=preload');
  assert.equal(await textOf(answer), 'body');
  assert.equal(answer.trailers['x-sum'], 'given 7');
});

test('a client that waits for 100 Continue gets it', async (t) => {
  const { port } = await startProgram(t, async (request, response) => response.end(await textOf(request)));
  const agent = await startAgent(t);
  const outgoing = request({
    port: agent.port,
    path: `/proxy/${port}/`,
    method: 'PUT',
    agent: false,
    headers: { 'x-execd-access-token': token, expect: '100-continue', 'content-length': 4 },
  });
  outgoing.flushHeaders();
  await once(outgoing, 'continue');
  outgoing.end('late');
  const [answer] = await once(outgoing, 'response');
  assert.equal(await textOf(answer), 'late');
});

test('the head of an answer, and each event of a stream, arrive at once', async (t) => {
  let send: (text: string) => void = () => undefined;
  const { port } = await startProgram(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    send = (text) => response.write(text);
  });
  const agent = await startAgent(t);
  const answer = await ask(agent.port, `/proxy/${port}/`);
  assert.equal(answer.headers['content-type'], 'text/event-stream');
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    const arrived = once(answer, 'data');
    send(event);
    assert.equal(String((await arrived)[0]), event);
  }
  answer.destroy();
});

test('a program that listens on IPv6 alone is found', async (t) => {
  const { port } = await startProgram(t, (_, response) => response.end('six'), { host: '::1', port: await deadPort() });
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

test('without the token nothing is forwarded', async (t) => {
  const { port } = await startProgram(t, (_, response) => response.end('never'));
  const agent = await startAgent(t);
  const answer = await ask(agent.port, `/proxy/${port}/`, { headers: { 'x-execd-access-token': 'wrong' } });
  assert.equal(answer.statusCode, 401);
  answer.resume();
});

test('a closing agent lets an answer finish, and then ends what is still open', async (t) => {
  const agent = await startAgent(t);
  const { port } = await startProgram(t, (request, response) => {
    response.write('x');
    if (request.url === '/short') setTimeout(() => response.end(), 100);
  });
  const short = await ask(agent.port, `/proxy/${port}/short`);
  const long = await ask(agent.port, `/proxy/${port}/long`);
  const start = performance.now();
  const closed = agent.app.close();
  assert.equal(await textOf(short), 'x');
  await assert.rejects(textOf(long), { code: 'ECONNRESET' });
  await closed;
  assert.ok(performance.now() - start < 3000);
});
