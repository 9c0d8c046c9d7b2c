import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Fastify from 'fastify';
import { ApiError } from '../../../shared/api/errors.ts';
import { ConnectionPool } from '../../../shared/http/connections.ts';
import { forward } from '../../../shared/http/forward.ts';
import { onwardHeaders, originOf, withheld } from '../../../shared/http/forwarded.ts';
import { renderProblems } from '../../../shared/http/problems.ts';
import { endStreamsOnClose } from '../../../shared/http/stream.ts';

test('requests one after another share a connection, and those at once have one each', async (t) => {
  const connections = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const { path } = await receiver(t, (incoming, response) => {
    connections.add(incoming.socket);
    if (incoming.url !== '/together') return response.end('ok');
    waiting.push(() => response.end('ok'));
    if (waiting.length === 8) for (const answer of waiting) answer();
  });
  const gateway = await startGateway(t, path);
  for (let i = 0; i < 5; i++) assert.equal(await text(gateway.port, '/a'), 'ok');
  assert.equal(connections.size, 1);
  await Promise.all(Array.from({ length: 8 }, () => text(gateway.port, '/together')));
  assert.equal(connections.size, 8);
  for (let i = 0; i < 5; i++) await text(gateway.port, '/c');
  assert.equal(connections.size, 8);
});

test('a kept connection that breaks as it is used is replaced where that is safe', async (t) => {
  const { path, count } = await receiverOfOneRequest(t);
  const gateway = await startGateway(t, path);
  assert.equal(await text(gateway.port, '/1'), 'connection 1');
  assert.equal(await text(gateway.port, '/2'), 'connection 2');
  assert.equal(count(), 2);
  // A second POST might do again what the first has done.
  const answer = await ask(gateway.port, { method: 'POST' }, 'body');
  assert.equal(answer.statusCode, 502);
  assert.equal(JSON.parse(await read(answer)).code, 'AGENT_UNREACHABLE');
  assert.equal(await text(gateway.port, '/3'), 'connection 3');
});

test('a client can’t say how it was forwarded, unless it is one of ours', async (t) => {
  const { path } = await receiver(t, (incoming, response) => response.end(JSON.stringify(incoming.headers)));
  const gateway = await startGateway(t, path);
  const lies = {
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'lie',
    'x-forwarded-prefix': '/lie',
    forwarded: 'lie',
    'x-real-ip': 'lie',
  };
  const answer = await ask(gateway.port, { headers: { ...lies, 'X-API-Key': 'secret', host: 'truth' } });
  const seen = JSON.parse(await read(answer));
  assert.equal(seen['x-forwarded-for'], '127.0.0.1');
  assert.equal(seen['x-forwarded-host'], 'truth');
  assert.equal(seen['x-forwarded-prefix'], '/box');
  assert.equal(seen['x-forwarded-proto'], 'http');
  assert.ok(!JSON.stringify(seen).includes('lie'));
  assert.ok(!JSON.stringify(seen).includes('secret'));
  assert.equal(seen['x-token'], 'opens the agent');
});

test('fields of the gateway’s own are added to the answer, and the receiver’s win', async (t) => {
  const { path } = await receiver(t, (incoming, response) => {
    if (incoming.url === '/box/own') response.setHeader('X-Request-ID', 'receiver');
    response.end();
  });
  const gateway = await startGateway(t, path);
  for (const [url, id] of [
    ['/box/own', 'receiver'],
    ['/box/', 'gateway'],
  ] as const) {
    const answer = await ask(gateway.port, { path: url });
    assert.equal(answer.headers['x-request-id'], id);
    answer.resume();
  }
});

test('a receiver that is not there is told in the caller’s words', async (t) => {
  const gateway = await startGateway(t, '/nowhere/agent.sock');
  const answer = await ask(gateway.port, {});
  assert.equal(answer.statusCode, 502);
  assert.match(JSON.parse(await read(answer)).message, /ENOENT/);
});

async function startGateway(t: TestContext, path: string): Promise<{ port: number }> {
  const app = Fastify();
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'GENERAL::UNKNOWN_ERROR' });
  endStreamsOnClose(app);
  const pool = new ConnectionPool(async () => {
    const socket = connect(path);
    await once(socket, 'connect');
    return socket;
  });
  const withhold = withheld('X-API-Key');
  app.addHook('onRequest', async (_, reply) => {
    reply.header('x-request-id', 'gateway');
  });
  app.register(async (scope) => {
    scope.addHook('preParsing', ({ raw }, reply) => {
      const origin = originOf(raw, { prefix: '/box', trusted: false });
      return forward({ raw }, reply, {
        via: pool,
        path: raw.url!,
        headers: [...onwardHeaders(raw, { host: 'agent', origin, withhold }), 'X-Token', 'opens the agent'],
        unreachable: (cause) => new ApiError('AGENT_UNREACHABLE', cause.message, { cause }),
      });
    });
    scope.all('/*', () => undefined);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(async () => {
    await app.close();
    pool.destroy();
  });
  return { port: (app.server.address() as AddressInfo).port };
}

async function receiver(t: TestContext, listener: RequestListener): Promise<{ path: string }> {
  return { path: await listening(t, createServer(listener)) };
}

/** Answers once on each connection, says it would keep it, and breaks it off at the next request. */
async function receiverOfOneRequest(t: TestContext): Promise<{ path: string; count: () => number }> {
  let count = 0;
  const server = createTcpServer((socket) => {
    const body = `connection ${++count}`;
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      socket.once('data', () => socket.destroy());
    });
  });
  return { path: await listening(t, server), count: () => count };
}

async function listening(t: TestContext, server: Server): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-forward-'));
  const path = join(directory, 'agent.sock');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(path);
  await once(server, 'listening');
  t.after(async () => {
    // Kept ones among them, which a server's close waits for.
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });
  return path;
}

async function ask(port: number, options: object, body?: string): Promise<IncomingMessage> {
  const outgoing = request({ port, path: '/box/', agent: false, ...options });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  return answer;
}

async function text(port: number, path: string): Promise<string> {
  const [answer] = await once(get({ port, path, agent: false }), 'response');
  return read(answer);
}

async function read(answer: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of answer.setEncoding('utf8')) body += chunk;
  return body;
}
