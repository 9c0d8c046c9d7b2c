import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { ask, deadPort, startAgent, startProgram, startTcpProgram, textOf, token } from './agent.ts';

const headers = { 'x-execd-access-token': token };

test('a WebSocket goes through to the program, text, binary, large messages and the closing code', async (t) => {
  const { port, server } = await startWebSocketProgram(t);
  const agent = await startAgent(t);
  const socket = new WebSocket(`ws://127.0.0.1:${agent.port}/proxy/${port}/ws?a=1`, ['v2', 'v1'], { headers });
  const [connected, request] = await once(server, 'connection');
  assert.equal(request.url, '/ws?a=1');
  assert.equal(request.headers.host, `127.0.0.1:${port}`);
  assert.equal(request.headers['x-execd-access-token'], undefined);
  assert.equal(request.headers['x-forwarded-prefix'], `/proxy/${port}`);
  await once(socket, 'open');
  assert.equal(socket.protocol, 'v2');
  for (const message of ['hello', Buffer.from([0, 255, 1]), Buffer.alloc(5_000_000, 7)]) {
    const back = once(socket, 'message');
    socket.send(message);
    assert.deepEqual((await back)[0], Buffer.from(message));
  }
  const closed = once(socket, 'close');
  connected.close(4001, 'taken over');
  const [code, reason] = await closed;
  assert.equal(code, 4001);
  assert.equal(String(reason), 'taken over');
});

test('messages of the program that come with its agreement are not lost', async (t) => {
  const { port, server } = await startWebSocketProgram(t);
  server.on('connection', (connected) => {
    for (let i = 0; i < 100; i++) connected.send(String(i));
    connected.close();
  });
  const agent = await startAgent(t);
  const socket = new WebSocket(`ws://127.0.0.1:${agent.port}/proxy/${port}/`, { headers });
  const got: string[] = [];
  socket.on('message', (data) => got.push(String(data)));
  await once(socket, 'close');
  assert.deepEqual(
    got,
    Array.from({ length: 100 }, (_, i) => String(i)),
  );
});

test('a page of the program’s own may open a WebSocket where the program compares Origin and Host', async (t) => {
  const { port } = await startWebSocketProgram(t, ({ origin, req }) => origin === `http://${req.headers.host}`);
  const agent = await startAgent(t);
  const from = (origin: string) =>
    new WebSocket(`ws://127.0.0.1:${agent.port}/proxy/${port}/`, {
      origin,
      headers: { ...headers, 'x-forwarded-host': 'cubby.example' },
    });
  const own = from('https://cubby.example');
  await once(own, 'open');
  own.terminate();
  const [error] = await once(from('https://evil.example'), 'error');
  assert.match(error.message, /401/);
});

test('without the token, and with a port in another spelling, nothing is connected', async (t) => {
  let connections = 0;
  const { port } = await startTcpProgram(t, (socket) => {
    connections++;
    socket.destroy();
  });
  const agent = await startAgent(t);
  const attempts: [path: string, given: Record<string, string>, status: number, code: string][] = [
    [`/proxy/${port}/`, {}, 401, 'INVALID_ACCESS_TOKEN'],
    [`/proxy/0${port}/`, {}, 401, 'INVALID_ACCESS_TOKEN'],
    [`/proxy/0${port}/`, headers, 400, 'INVALID_PORT'],
    [`/proxy/+${port}/`, headers, 400, 'INVALID_PORT'],
    [`/proxy/%3${String(port)[0]}${String(port).slice(1)}/`, headers, 400, 'INVALID_PORT'],
    ['/proxy//', headers, 400, 'INVALID_PORT'],
    [`/proxy/${await deadPort(t)}/`, headers, 502, 'PORT_NOT_REACHABLE'],
  ];
  for (const [path, given, status, code] of attempts) {
    const socket = connect(agent.port, '127.0.0.1');
    socket.write(handshake(path, given));
    const text = await allOf(socket);
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `), path);
    assert.equal(JSON.parse(text.split('\r\n\r\n')[1]!).code, code);
  }
  assert.equal(connections, 0);
});

test('a program that does not agree is heard, and the connection is not used for anything more', async (t) => {
  const { port } = await startProgram(t, (request, response) =>
    response.writeHead(403, { 'x-why': 'no' }).end(`not ${request.url}`),
  );
  const agent = await startAgent(t);
  const socket = connect(agent.port, '127.0.0.1');
  socket.write(handshake(`/proxy/${port}/first`, headers));
  socket.write(`GET /second HTTP/1.1\r\nhost: x\r\nx-execd-access-token: ${token}\r\n\r\n`);
  const text = await allOf(socket);
  assert.match(text, /^HTTP\/1.1 403 /);
  assert.match(text, /not \/first/);
  assert.match(text, /x-why: no/i);
  assert.match(text, /connection: close/i);
  assert.ok(!text.includes('second'));
});

test('bytes pass in both directions after one side has stopped sending', async (t) => {
  const { port } = await startTcpProgram(t, (socket) => {
    let text = '';
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n');
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('end', () => socket.end(`you said ${text}`));
    });
  });
  const agent = await startAgent(t);
  const socket = connect({ port: agent.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(handshake(`/proxy/${port}/`, headers, 'raw'));
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1.1 101 Switching Protocols\r\n/);
  socket.end('everything');
  assert.equal(await allOf(socket), 'you said everything');
});

test('when one side goes, the other is told, before the program agrees and after', async (t) => {
  const agent = await startAgent(t);
  for (const [agrees, goes] of [
    [false, 'client'],
    [true, 'client'],
    [true, 'program'],
  ] as const) {
    const reached = Promise.withResolvers<Socket>();
    const { port } = await startTcpProgram(t, (socket) => {
      socket.on('end', () => socket.end());
      socket.once('data', () => {
        if (agrees) socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n');
        reached.resolve(socket);
      });
    });
    const client = connect(agent.port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write(handshake(`/proxy/${port}/`, headers, 'raw'));
    const program = await reached.promise;
    if (agrees) await once(client, 'data');
    const [leaving, staying] = goes === 'client' ? [client, program] : [program, client];
    const told = once(staying, 'close');
    staying.resume();
    leaving.resetAndDestroy();
    await told;
  }
});

test('a slow side slows the other down', async (t) => {
  const { port, server } = await startWebSocketProgram(t);
  const agent = await startAgent(t);
  const socket = new WebSocket(`ws://127.0.0.1:${agent.port}/proxy/${port}/`, { headers });
  const [connected] = await once(server, 'connection');
  await once(socket, 'open');
  socket.pause();
  const block = Buffer.alloc(1024 * 1024);
  for (let i = 0; i < 64; i++) connected.send(block);
  let before = -1;
  while (before !== connected.bufferedAmount) {
    before = connected.bufferedAmount;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(before > 32 * block.length, `only ${before} bytes are held back`);
  socket.terminate();
});

test('a closing agent ends WebSockets', async (t) => {
  const { port } = await startWebSocketProgram(t);
  const agent = await startAgent(t);
  const socket = new WebSocket(`ws://127.0.0.1:${agent.port}/proxy/${port}/`, { headers });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await agent.app.close();
  await closed;
});

test('a request that would like HTTP/2, as Java’s client does, is answered in HTTP/1.1', async (t) => {
  const { port } = await startProgram(t, (request, response) => response.end(JSON.stringify(request.headers)));
  const agent = await startAgent(t);
  const wish = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAEAAEAAAAIAAAAB' };
  assert.equal(await textOf(await ask(agent.port, '/ping', { headers: wish })), 'pong');
  const seen = JSON.parse(await textOf(await ask(agent.port, `/proxy/${port}/`, { headers: wish })));
  assert.equal(seen.upgrade, undefined);
  assert.equal(seen['http2-settings'], undefined);
});

async function startWebSocketProgram(
  t: TestContext,
  verifyClient?: (info: { origin: string; req: import('node:http').IncomingMessage }) => boolean,
) {
  const { port, server: http } = await startProgram(t, (_, response) => response.writeHead(426).end());
  const server = new WebSocketServer({ server: http, verifyClient });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return { port, server };
}

function handshake(path: string, given: Record<string, string>, protocol = 'websocket'): string {
  const lines = Object.entries({ host: 'x', connection: 'Upgrade', upgrade: protocol, ...given });
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

async function allOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  return text;
}
