import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import type { RuntimeEvent } from '../../../../control/runtimes/runtime.ts';
import { ApiError } from '../../../../shared/api/errors.ts';
import { engineTest } from '../../../support/engine.ts';
import { openLab, until } from './lab.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cubby-engine-'));
});
after(() => rm(directory, { recursive: true, force: true }));
const lab = openLab();

/** A program in place of nft. */
async function filter(name: string, script: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Another runtime on the lab's store, with other options. */
async function variant(network: object, deadlines: object = {}): Promise<DockerRuntime> {
  const { options } = await lab();
  return new DockerRuntime({ ...options, network, deadlines });
}

function runtimeAt(socketPath: string, deadlines = {}): DockerRuntime {
  return new DockerRuntime({ store: 'engineless', pack: { path: '/nowhere' }, socketPath, deadlines });
}

engineTest('when a rule can’t be set the sandbox is ended, and its entrypoint has never run', async () => {
  const { runtime, spec, look } = await lab();
  // It fails inside of sandboxes only, so the host's rules are no excuse.
  const nft = await filter(
    'fails',
    'case "$(cat)" in *"table inet cubby {"*) echo "no such chain" >&2; exit 1;; esac; exec nft "$@"',
  );
  const failing = await variant({ nft });
  await runtime.create(spec('unshut', { entrypoint: ['sh', '-c', 'echo the entrypoint ran'] }));
  await assert.rejects(failing.start('unshut'), { code: 'NETWORK_RULES_FAILED', message: /no such chain/ });
  assert.equal((await runtime.inspect('unshut'))?.state, 'exited');
  assert.equal(await look('unshut', '{{.State.ExitCode}}'), '137');
  assert.doesNotMatch((await runtime.logs('unshut', {})).text, /^the entrypoint ran/m);
  await runtime.remove('unshut');
});

engineTest('rules that are said to be set and aren’t there end the sandbox as well', async () => {
  const { runtime, spec } = await lab();
  const nft = await filter('lies', '[ "$1" = -f ] && { cat >/dev/null; exit 0; }; exec nft "$@"');
  await runtime.create(spec('lied-to'));
  await assert.rejects((await variant({ nft })).start('lied-to'), { code: 'NETWORK_RULES_FAILED' });
  assert.equal((await runtime.inspect('lied-to'))?.state, 'exited');
  await runtime.remove('lied-to');
});

engineTest('a filter program that never ends is ended at its deadline, and the sandbox with it', async () => {
  const { runtime, spec } = await lab();
  const nft = await filter('hangs', '[ "$1" = -f ] && exec sleep 1000; exec nft "$@"');
  await runtime.create(spec('hung'));
  await assert.rejects((await variant({ nft }, { rules: 300 })).start('hung'), {
    code: 'NETWORK_RULES_FAILED',
    message: /300 ms/,
  });
  assert.equal((await runtime.inspect('hung'))?.state, 'exited');
  await runtime.remove('hung');
});

engineTest('a pack that can’t boot, or isn’t there, is a failed start with the reason', async () => {
  const { options, spec, runtime } = await lab();
  const broken = await mkdtemp(join(directory, 'pack-'));
  await chmod(broken, 0o755);
  const withIt = new DockerRuntime({ ...options, pack: { path: broken } });
  await withIt.create(spec('packless'));
  await assert.rejects(withIt.start('packless'), { code: 'DOCKER::SANDBOX_START_FAILED', message: /pack\/init/ });
  await writeFile(join(broken, 'init'), '#!/bin/sh\nexit 3\n');
  await chmod(join(broken, 'init'), 0o755);
  await withIt.create(spec('unbootable'));
  await assert.rejects(
    async () => {
      await withIt.start('unbootable');
      // It was still alive when it was looked at.
      const { exitCode } = await until('its end', async () => {
        const facts = await runtime.inspect('unbootable');
        return facts?.state === 'exited' && facts;
      });
      throw new ApiError('DOCKER::SANDBOX_START_FAILED', `exit code ${exitCode}`);
    },
    { code: 'DOCKER::SANDBOX_START_FAILED', message: /exit code 3/ },
  );
  const nowhere = new DockerRuntime({ ...options, pack: { path: join(broken, 'nothing') } });
  await assert.rejects(nowhere.create(spec('nowhere')), { code: 'SANDBOX::INVALID_PARAMETER', message: /nothing/ });
});

engineTest('without a filter program nothing starts, and the check says so beforehand', async () => {
  const { runtime, spec } = await lab();
  const without = await variant({ nft: join(directory, 'not-there') });
  await assert.rejects(without.check(), { code: 'NETWORK_RULES_FAILED', message: /not-there/ });
  await runtime.create(spec('no-nft'));
  await assert.rejects(without.start('no-nft'), { code: 'NETWORK_RULES_FAILED' });
  assert.equal((await runtime.inspect('no-nft'))?.state, 'exited');
  await runtime.remove('no-nft');
});

engineTest('a name to be closed that leads nowhere keeps everything closed', async () => {
  const { runtime, spec } = await lab();
  await runtime.create(spec('nameless'));
  const nameless = await variant({ block: ['database.invalid'] });
  await assert.rejects(nameless.start('nameless'), { code: 'NETWORK_RULES_FAILED', message: /database\.invalid/ });
  assert.equal((await runtime.inspect('nameless'))?.state, 'exited');
  await runtime.remove('nameless');
});

engineTest('a port of names that is taken is a failure at start that says which', async () => {
  await (await lab()).runtime.check();
  const second = await variant({});
  await assert.rejects(second.check(), { code: 'DOCKER::INITIALIZATION_ERROR', message: /port 53.*EADDRINUSE/ });
  await second.close();
});

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
