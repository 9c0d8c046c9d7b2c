import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { ask, startAgent, startProgram, textOf, token } from './agent.ts';

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

test('without the token nothing is forwarded', async (t) => {
  const { port } = await startProgram(t, (_, response) => response.end('never'));
  const agent = await startAgent(t);
  const answer = await ask(agent.port, `/proxy/${port}/`, { headers: { 'x-execd-access-token': 'wrong' } });
  assert.equal(answer.statusCode, 401);
  answer.resume();
});
