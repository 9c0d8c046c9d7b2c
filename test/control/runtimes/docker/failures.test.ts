import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import type { RuntimeEvent } from '../../../../control/runtimes/runtime.ts';
import { until } from './lab.ts';

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cubby-engine-'));
});

after(() => rm(directory, { recursive: true, force: true }));

function runtimeAt(socketPath: string, deadlines = {}): DockerRuntime {
  return new DockerRuntime({ store: 'engineless', pack: { path: '/nowhere' }, socketPath, deadlines });
}

test('an engine that is not there is named as such, by every operation', async () => {
  const runtime = runtimeAt(join(directory, 'nobody.sock'));
  const absent = { code: 'ENGINE_UNAVAILABLE', message: /not there/ };
  await assert.rejects(runtime.check(), absent);
  await assert.rejects(runtime.list(), absent);
  await assert.rejects(runtime.inspect('x'), absent);
  await assert.rejects(runtime.remove('x'), absent);
  await assert.rejects(runtime.start('x'), absent);
  await assert.rejects(runtime.image('x'), absent);
  await assert.rejects(runtime.usage('x'), absent);
  await assert.rejects(runtime.logs('x', {}), absent);
  await assert.rejects(runtime.connect('x'), absent);
});

test('an engine that takes connections and never answers is given up at the deadline', async () => {
  const path = join(directory, 'hung.sock');
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket.on('error', () => {}).resume()));
  server.listen(path);
  await once(server, 'listening');
  try {
    const runtime = runtimeAt(path, { call: 100, start: 100, pull: 100 });
    const late = { code: 'ENGINE_TIMEOUT', message: /within 100 ms/ };
    await assert.rejects(runtime.check(), late);
    await assert.rejects(runtime.list(), late);
    await assert.rejects(runtime.inspect('x'), late);
    await assert.rejects(runtime.remove('x'), late);
    await assert.rejects(runtime.start('x'), late);
    await assert.rejects(runtime.image('x'), late);
    await assert.rejects(runtime.logs('x', {}), late);
    await until('the connections to end', async () =>
      [...sockets].every(({ destroyed, readableEnded }) => destroyed || readableEnded),
    );
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((done) => server.close(() => done()));
  }
});

/** An engine that answers as a test says. */
async function engine(name: string, answer: RequestListener): Promise<{ path: string; server: HttpServer }> {
  const path = join(directory, `${name}.sock`);
  const server = createHttpServer(answer);
  server.listen(path);
  await once(server, 'listening');
  return { path, server };
}

function close(server: HttpServer): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

test('an answer that stops in the middle is given up at the deadline', async () => {
  const { path, server } = await engine('half', (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('[{');
  });
  try {
    await assert.rejects(runtimeAt(path, { call: 100 }).list(), { code: 'ENGINE_TIMEOUT' });
  } finally {
    await close(server);
  }
});

test('what the engine’s status means doesn’t depend on its words', async () => {
  const { path, server } = await engine('words', (request, response) => {
    response.writeHead(request.url?.startsWith('/containers/json') ? 500 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: 'keine Ahnung' }));
  });
  try {
    const runtime = runtimeAt(path);
    assert.equal(await runtime.inspect('x'), undefined);
    await runtime.remove('x');
    await assert.rejects(runtime.list(), { code: 'ENGINE_UNAVAILABLE', message: /keine Ahnung/ });
    await assert.rejects(runtime.image('x'), { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', message: /keine Ahnung/ });
  } finally {
    await close(server);
  }
});

test('a container that doesn’t freeze at once is tried again, and one that never does is told of', async () => {
  for (const [works, tries] of [
    [3, 3],
    [Number.POSITIVE_INFINITY, 5],
  ] as const) {
    let asked = 0;
    const { path, server } = await engine(`freezes-${works}`, (request, response) => {
      const State = { Running: true, Paused: false };
      const Config = { Labels: { 'cubby.store': 'engineless', 'cubby.sandbox': 'x' } };
      if (request.method === 'GET')
        return void response.end(JSON.stringify({ Id: 'x', Name: '/cubby-enginele-x', State, Config }));
      asked += 1;
      if (asked === works) response.writeHead(204).end();
      else response.writeHead(500).end('{"message":"OCI runtime pause failed: unable to freeze"}');
    });
    try {
      const pausing = runtimeAt(path).pause('x');
      if (works === tries) await pausing;
      else await assert.rejects(pausing, { code: 'DOCKER::SANDBOX_PAUSE_FAILED', message: /unable to freeze/ });
      assert.equal(asked, tries);
    } finally {
      await close(server);
    }
  }
});

test('a stream of events that breaks is opened again, and “resync” tells of the gap', async () => {
  let opened = 0;
  const attributes = { 'cubby.store': 'engineless', 'cubby.sandbox': 'x', name: 'cubby-enginele-x' };
  const { path, server } = await engine('events', (_, response) => {
    opened += 1;
    response
      .writeHead(200)
      .write(`${JSON.stringify({ Type: 'container', Action: 'die', Actor: { Attributes: attributes } })}\n`);
    if (opened === 1) setImmediate(() => response.destroy());
    if (opened === 2) response.end('this is no JSON\n');
  });
  const stop = new AbortController();
  const seen: RuntimeEvent[] = [];
  try {
    for await (const event of runtimeAt(path).events(stop.signal)) {
      seen.push(event);
      if (seen.filter(({ kind }) => kind === 'resync').length === 3) break;
    }
    const ended = { kind: 'ended', id: 'x' };
    assert.deepEqual(seen, [{ kind: 'resync' }, ended, { kind: 'resync' }, ended, { kind: 'resync' }]);
    await until('the stream to end', async () => {
      const { promise, resolve } = Promise.withResolvers<number>();
      server.getConnections((_, count) => resolve(count));
      return (await promise) === 0;
    });
  } finally {
    await close(server);
  }
});

test('many who ask for an absent image wait for one pull; one who leaves doesn’t end it', async () => {
  let pulls = 0;
  let pulled = false;
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { path, server } = await engine('pull', async (request, response) => {
    if (request.method === 'POST') {
      pulls += 1;
      response.writeHead(200).write('{"status":"Pulling"}\n');
      arrive();
      await released;
      pulled = true;
      response.end('{"status":"Done"}\n');
    } else if (pulled) response.end(JSON.stringify({ Id: 'sha256:1', Config: { Env: null } }));
    else response.writeHead(404).end('{"message":"no such image"}');
  });
  try {
    const runtime = runtimeAt(path);
    const leaver = new AbortController();
    const leaving = assert.rejects(runtime.image('some/image:1', { signal: leaver.signal }), { name: 'AbortError' });
    const waiting = [1, 2, 3].map(() => runtime.image('some/image:1'));
    await arrived;
    leaver.abort();
    await leaving;
    release();
    for (const facts of await Promise.all(waiting)) assert.equal(facts.id, 'sha256:1');
    assert.equal(pulls, 1);
  } finally {
    await close(server);
  }
});

test('a pull whose last caller has left is given up', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const { path, server } = await engine('left', (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end('{}');
    response.on('close', leave).writeHead(200).write('{"status":"Pulling"}\n');
    arrive();
  });
  try {
    const leaver = new AbortController();
    const leaving = assert.rejects(runtimeAt(path).image('some/image:1', { signal: leaver.signal }), {
      name: 'AbortError',
    });
    await arrived;
    leaver.abort();
    await leaving;
    await left;
  } finally {
    await close(server);
  }
});

test('credentials go to the engine in their header, and nowhere else', async () => {
  const { promise: header, resolve } = Promise.withResolvers<string>();
  const { path, server } = await engine('auth', (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end('{}');
    assert.doesNotMatch(request.url ?? '', /pa55word/);
    resolve(String(request.headers['x-registry-auth']));
    response.end('{"errorDetail":{},"error":"unauthorized"}\n');
  });
  try {
    const auth = { username: 'me', password: 'pa55word' };
    await assert.rejects(runtimeAt(path).image('some/image:1', { auth }), {
      code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
      message: /unauthorized/,
    });
    assert.deepEqual(JSON.parse(Buffer.from(await header, 'base64url').toString()), auth);
  } finally {
    await close(server);
  }
});
