import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isAnswer } from '../../../control/network/dns-message.ts';
import { Forwarder, type ForwarderOptions } from '../../../control/network/forwarder.ts';
import { parseRange } from '../../../control/network/ranges.ts';
import { frame, frames } from '../../../control/network/upstream.ts';
import { until } from '../../support/until.ts';
import { gateWith, openGate } from './gates.ts';
import { answer, type Behaviour, nameServer, query } from './name-server.ts';

const honest: Behaviour = ({ message }) => [answer(message, ['11.22.33.44'])];

/** A forwarder in front of a server that behaves so. */
async function open(context: TestContext, behaviour: Behaviour, change: Partial<ForwarderOptions> = {}) {
  const server = await nameServer(behaviour);
  const forwarder = await Forwarder.listen({
    address: '127.0.0.1',
    port: 0,
    clients: [parseRange('127.0.0.0/8')!],
    gateAt: async () => openGate(),
    upstreams: async () => [server],
    ...change,
  });
  context.after(async () => {
    await forwarder.close();
    await server.close();
  });
  return { server, forwarder };
}

/** What comes back by UDP within `ms`. */
async function ask({ port }: Forwarder, message: Buffer, ms = 8000): Promise<Buffer | undefined> {
  const socket = createSocket('udp4');
  socket.send(message, port, '127.0.0.1');
  try {
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(ms) })) as [Buffer];
    return reply;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

const code = (message: Buffer | undefined) => message && message[3]! & 15;

test('a query is passed on and its answer comes back under the client’s id', async (context) => {
  const { forwarder, server } = await open(context, honest);
  const reply = await ask(forwarder, query('a.example', { id: 1234 }));
  assert.equal(reply?.readUInt16BE(0), 1234);
  assert.deepEqual([...(reply?.subarray(-4) ?? [])], [11, 22, 33, 44]);
  assert.equal(server.asked.length, 1);
});

test('every query goes upstream from a port and with an id of its own', async (context) => {
  const { forwarder, server } = await open(context, honest);
  for (let n = 0; n < 30; n += 1) await ask(forwarder, query('a.example', { id: 7 }));
  assert.ok(new Set(server.asked.map(({ message }) => message.readUInt16BE(0))).size > 25);
  assert.ok(new Set(server.asked.map(({ port }) => port)).size > 10);
});

test('answers with another id, to another question, or that are none are passed over', async (context) => {
  const forged: Behaviour = ({ message }) => {
    const otherId = answer(message, ['6.6.6.6']);
    otherId.writeUInt16BE((message.readUInt16BE(0) + 1) & 0xffff, 0);
    const otherName = answer(query('evil.example', { id: message.readUInt16BE(0) }), ['6.6.6.6']);
    return [otherId, otherName, message, Buffer.alloc(3), answer(message, ['11.22.33.44'])];
  };
  const { forwarder } = await open(context, forged);
  const reply = await ask(forwarder, query('a.example'));
  assert.deepEqual([...(reply?.subarray(-4) ?? [])], [11, 22, 33, 44]);
});

test('an answer in other letters of the same name is its answer', () => {
  const message = query('A.eXample');
  const reply = answer(query('a.Example'), ['1.2.3.4']);
  assert.ok(isAnswer(reply, 4711, message.subarray(12)));
});

test('when the first resolver is silent, the second is asked', async (context) => {
  const silent = await nameServer(() => []);
  context.after(() => silent.close());
  const second = await nameServer(honest);
  context.after(() => second.close());
  const { forwarder } = await open(context, honest, { upstreams: async () => [silent, second] });
  const reply = await ask(forwarder, query('a.example'));
  assert.deepEqual([...(reply?.subarray(-4) ?? [])], [11, 22, 33, 44]);
  assert.equal(silent.asked.length, 1);
});

test('without any resolver that answers, the client is told so', async (context) => {
  const closed = await nameServer(honest);
  await closed.close();
  const { forwarder } = await open(context, honest, { upstreams: async () => [closed] });
  assert.equal(code(await ask(forwarder, query('a.example'))), 2);
  const none = await open(context, honest, { upstreams: async () => [] });
  assert.equal(code(await ask(none.forwarder, query('a.example'))), 2);
});

test('an answer that is too large for the client’s datagram sends it to TCP', async (context) => {
  const addresses = Array.from({ length: 100 }, (_, n) => `11.0.0.${n}`);
  const { forwarder } = await open(context, ({ message }) => [answer(message, addresses)]);
  const cut = await ask(forwarder, query('a.example'));
  assert.ok(cut !== undefined && cut.length <= 512 && (cut[2]! & 2) !== 0);
  const whole = await ask(forwarder, query('a.example', { payload: 4096 }));
  assert.ok(whole !== undefined && whole.length > 1600 && (whole[2]! & 2) === 0);
  const socket = connect({ port: forwarder.port, host: '127.0.0.1' });
  const [one, two] = [query('a.example', { id: 1 }), query('b.example', { id: 2 })];
  socket.end(Buffer.concat([frame(one), frame(two)]));
  const replies: number[] = [];
  for await (const reply of frames(socket)) {
    assert.ok(reply.length > 1600);
    replies.push(reply.readUInt16BE(0));
  }
  assert.deepEqual(replies, [1, 2]);
});

test('malformed queries are answered as such or not at all, and the forwarder goes on', async (context) => {
  const { forwarder, server } = await open(context, honest);
  const response = answer(query('a.example'), ['1.2.3.4']);
  for (const silent of [Buffer.alloc(0), Buffer.alloc(11), response]) {
    assert.equal(await ask(forwarder, silent, 100), undefined);
  }
  const cut = query('a.example').subarray(0, 20);
  const pointer = Buffer.concat([query('a').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
  const many = query('a.example');
  many.writeUInt16BE(2, 4);
  for (const wrong of [cut, pointer, many]) assert.equal(code(await ask(forwarder, wrong)), 1);
  const update = query('a.example');
  update[2] = 0x28;
  assert.equal(code(await ask(forwarder, update)), 4);
  assert.equal(await ask(forwarder, Buffer.concat([query('a.example'), Buffer.alloc(5000)]), 100), undefined);
  assert.equal(server.asked.length, 0);
  assert.equal(code(await ask(forwarder, query('a.example'))), 0);
});

test('a client from elsewhere gets no answer, by UDP or TCP', async (context) => {
  const { forwarder, server } = await open(context, honest, { clients: [parseRange('10.0.0.0/8')!] });
  assert.equal(await ask(forwarder, query('a.example'), 200), undefined);
  const socket = connect({ port: forwarder.port, host: '127.0.0.1' });
  socket.write(frame(query('a.example')));
  let received = 0;
  for await (const part of socket) received += (part as Buffer).length;
  assert.equal(received, 0);
  assert.equal(server.asked.length, 0);
});

test('a client that asks too much at once is refused what is too much', async (context) => {
  const { forwarder, server } = await open(context, () => []);
  const socket = createSocket('udp4');
  context.after(() => socket.close());
  const replies: Buffer[] = [];
  socket.on('message', (reply) => replies.push(reply));
  for (let n = 0; n < 200; n += 1) socket.send(query('a.example', { id: n }), forwarder.port, '127.0.0.1');
  const refusals = () => replies.filter((reply) => code(reply) === 5).length;
  await until(
    () => refusals() === 72 && server.asked.length === 128,
    'what is too much is refused, the rest passed on',
  );
});

test('a forwarder that is closed answers nobody and leaves no socket behind', async () => {
  const server = await nameServer(() => []);
  const options = {
    address: '127.0.0.1',
    port: 0,
    clients: [parseRange('127.0.0.0/8')!],
    gateAt: async () => openGate(),
    upstreams: async () => [server],
  };
  const forwarder = await Forwarder.listen(options);
  const { port } = forwarder;
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  socket.on('error', () => {});
  await forwarder.close();
  await forwarder.close();
  await ended;
  const again = await Forwarder.listen({ ...options, port });
  await again.close();
  await server.close();
});

test('a port that is taken is told with its address', async (context) => {
  const { forwarder } = await open(context, honest);
  const options = {
    address: '127.0.0.1',
    port: forwarder.port,
    clients: [],
    gateAt: async () => undefined,
    upstreams: async () => [],
  };
  await assert.rejects(Forwarder.listen(options), {
    code: 'DOCKER::INITIALIZATION_ERROR',
    message: /127\.0\.0\.1, port \d+.*EADDRINUSE/,
  });
});

test('a sandbox’s policy holds by UDP and by TCP, and whoever is nobody’s gets no answer by either', async (context) => {
  const { gate } = await gateWith({ defaultAction: 'deny', egress: [{ action: 'allow', target: 'a.example' }] });
  const { forwarder, server } = await open(context, honest, { gateAt: async () => gate });
  const byStream = async (name: string) => {
    const socket = connect({ port: forwarder.port, host: '127.0.0.1' });
    socket.end(frame(query(name)));
    for await (const reply of frames(socket)) return reply;
    return undefined;
  };
  assert.equal(code(await ask(forwarder, query('A.example'))), 0);
  assert.equal(code(await byStream('a.example')), 0);
  assert.equal(server.asked.length, 2);
  assert.equal(code(await ask(forwarder, query('b.example'))), 3);
  assert.equal(code(await byStream('b.example')), 3);
  assert.equal(server.asked.length, 2);
  const nobody = await open(context, honest, { gateAt: async () => undefined });
  assert.equal(await ask(nobody.forwarder, query('a.example'), 200), undefined);
});
