import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, deadPort, startAgent, startProgram, startTcpProgram, textOf, token } from './agent.ts';

test('a port on which nothing listens is told as PORT_NOT_REACHABLE, to a large upload too', async (t) => {
  const agent = await startAgent(t);
  const port = await deadPort(t);
  for (const body of [undefined, Buffer.alloc(5_000_000)]) {
    const answer = await ask(agent.port, `/proxy/${port}/x`, { method: 'POST', body });
    assert.equal(answer.statusCode, 502);
    const problem = JSON.parse(await textOf(answer));
    assert.equal(problem.code, 'PORT_NOT_REACHABLE');
    assert.match(problem.message, new RegExp(`${port}.*nothing listens`));
  }
});

test('a program that hangs up, or speaks something else, is told as PORT_NOT_REACHABLE', async (t) => {
  const agent = await startAgent(t);
  const misbehaviours = {
    'broken off': (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()),
    'broken off before': (socket: Socket) => socket.end(),
    'broken off before there was an answer': (socket: Socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n'),
    'does not speak HTTP': (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    'speak HTTP': (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
  };
  for (const [message, behaviour] of Object.entries(misbehaviours)) {
    const { port } = await startTcpProgram(t, behaviour);
    const answer = await ask(agent.port, `/proxy/${port}/`);
    assert.equal(answer.statusCode, 502);
    const problem = JSON.parse(await textOf(answer));
    assert.equal(problem.code, 'PORT_NOT_REACHABLE');
    assert.match(problem.message, new RegExp(message));
  }
});

test('a status that no HTTP has is an error, not the agent’s end', async (t) => {
  const agent = await startAgent(t);
  const { port } = await startTcpProgram(t, (socket) => socket.end('HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'));
  const answer = await ask(agent.port, `/proxy/${port}/`);
  assert.equal(answer.statusCode, 502);
  answer.resume();
  assert.equal(await textOf(await ask(agent.port, '/ping')), 'pong');
});

test('an answer that breaks off half-way breaks off at the client', async (t) => {
  const agent = await startAgent(t);
  const { port } = await startTcpProgram(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
    socket.once('data', () => socket.end());
  });
  const answer = await ask(agent.port, `/proxy/${port}/`);
  await assert.rejects(textOf(answer), { code: 'ECONNRESET' });
});

test('an answer that ends with its connection is whole', async (t) => {
  const agent = await startAgent(t);
  const { port } = await startTcpProgram(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end'));
  assert.equal(await textOf(await ask(agent.port, `/proxy/${port}/`)), 'until the end');
});

test('when the client goes, the program is told: before its answer, while it answers, and while it is sent to', async (t) => {
  const agent = await startAgent(t);
  for (const stage of ['waiting', 'answering', 'uploading']) {
    const gone = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const { port } = await startTcpProgram(t, (socket) => {
      socket.on('close', () => gone.resolve());
      socket.on('end', () => socket.destroy());
      socket.on('data', () => reached.resolve());
      if (stage === 'answering') socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n');
    });
    const client = connect(agent.port, '127.0.0.1');
    const body = stage === 'uploading' ? 'content-length: 1000000\r\n\r\nx' : '\r\n';
    client.write(`PUT /proxy/${port}/ HTTP/1.1\r\nhost: x\r\nx-execd-access-token: ${token}\r\n${body}`);
    await reached.promise;
    if (stage === 'answering') await once(client, 'data');
    client.destroy();
    await gone.promise;
  }
});

test('a program may answer before it has read the request, and the answer arrives', async (t) => {
  const agent = await startAgent(t);
  const { port } = await startProgram(t, (_, response) => {
    response.writeHead(413, { connection: 'close' }).end('too much');
  });
  const answer = await ask(agent.port, `/proxy/${port}/`, { method: 'POST', body: Buffer.alloc(200_000) });
  assert.equal(answer.statusCode, 413);
  assert.equal(await textOf(answer), 'too much');
});

test('a slow reader slows the program down, and memory stays small', async (t) => {
  const agent = await startAgent(t);
  let written = 0;
  const { port } = await startTcpProgram(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const block = Buffer.alloc(1024 * 1024);
    const more = () => {
      do written += block.length;
      while (written < 512 * 1024 * 1024 && socket.write(block));
    };
    socket.on('drain', more).once('data', more);
  });
  const answer = await ask(agent.port, `/proxy/${port}/`);
  answer.pause();
  let before = -1;
  while (before !== written) {
    before = written;
    await delay(300);
  }
  assert.ok(written < 64 * 1024 * 1024, `${written} bytes went somewhere`);
  answer.destroy();
});
