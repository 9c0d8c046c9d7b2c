import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, rename, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import { engineSocket, engineTest } from '../../../support/engine.ts';
import { type Lab, openLab, succeed } from './lab.ts';

const lab = openLab();

/** Where the host has the directory of a sandbox's socket. */
function directory({ look }: Lab, id: string): Promise<string> {
  return look(id, '{{range .Mounts}}{{if eq .Destination "/.cubby/run"}}{{.Source}}{{end}}{{end}}');
}

/** An agent's stand-in: says its name to whoever connects. */
async function listen(path: string, name: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).end(name));
  server.listen(path);
  await once(server, 'listening');
  return server;
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()));
}

async function descriptors(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

engineTest('the agent is reached over its socket, without a network too', async () => {
  const here = await lab();
  await here.run('there', { network: false });
  const server = await listen(`${await directory(here, 'there')}/agent.sock`, 'agent of there');
  try {
    const socket = await here.runtime.connect('there');
    assert.equal(await text(socket), 'agent of there');
    // A control that was restarted knows nothing, and finds it again.
    const later = new DockerRuntime(here.options);
    assert.equal(await text(await later.connect('there')), 'agent of there');
    await later.close();
  } finally {
    await close(server);
  }
});

engineTest('an agent that doesn’t listen yet is unreachable, with that reason, and no descriptor is lost', async () => {
  const { runtime, run } = await lab();
  await run('early');
  await assert.rejects(runtime.connect('early'), { code: 'AGENT_UNREACHABLE', message: /does not listen yet/ });
  const before = await descriptors();
  for (let n = 0; n < 50; n += 1) await assert.rejects(runtime.connect('early'), { code: 'AGENT_UNREACHABLE' });
  assert.ok((await descriptors()) <= before + 1);
});

engineTest('a symbolic link to the engine’s socket is not followed', async () => {
  const { runtime, run, shell } = await lab();
  await run('link');
  assert.equal((await shell('link', `ln -s ${engineSocket} /.cubby/run/agent.sock`)).code, 0);
  await assert.rejects(runtime.connect('link'), { code: 'AGENT_UNREACHABLE', message: /is no socket/ });
});

engineTest('a symbolic link to a sibling’s socket is not followed', async () => {
  const here = await lab();
  await here.run('victim');
  await here.run('thief');
  const path = `${await directory(here, 'victim')}/agent.sock`;
  const server = await listen(path, 'agent of victim');
  try {
    assert.equal(await text(await here.runtime.connect('victim')), 'agent of victim');
    assert.equal((await here.shell('thief', `ln -s ${path} /.cubby/run/agent.sock`)).code, 0);
    await assert.rejects(here.runtime.connect('thief'), { code: 'AGENT_UNREACHABLE', message: /is no socket/ });
  } finally {
    await close(server);
  }
});

engineTest(
  'a pipe, a file or a directory at the place of the socket is refused, and nothing waits for it',
  async () => {
    const { runtime, run, shell } = await lab();
    await run('other');
    for (const make of ['mkfifo', 'touch', 'mkdir']) {
      assert.equal((await shell('other', `rm -rf /.cubby/run/agent.sock; ${make} /.cubby/run/agent.sock`)).code, 0);
      await assert.rejects(runtime.connect('other'), { code: 'AGENT_UNREACHABLE', message: /is no socket/ });
    }
  },
);

engineTest('a socket that nobody listens at any more is unreachable', async () => {
  const here = await lab();
  await here.run('left');
  const path = `${await directory(here, 'left')}/agent.sock`;
  const { code } = await here.shell('left', 'true');
  assert.equal(code, 0);
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  // Node takes the name away when it closes; a killed agent doesn't.
  await rename(path, `${path}.old`);
  await close(server);
  await rename(`${path}.old`, path);
  await assert.rejects(here.runtime.connect('left'), { code: 'AGENT_UNREACHABLE', message: /ECONNREFUSED/ });
  await unlink(path);
});

engineTest(
  'sandboxes that don’t exist, never started or have ended are unreachable, each with its reason',
  async () => {
    const { runtime, spec, run, shell, container } = await lab();
    await assert.rejects(runtime.connect('nobody'), { code: 'AGENT_UNREACHABLE', message: /no container/ });
    await runtime.create(spec('unstarted'));
    await assert.rejects(runtime.connect('unstarted'), { code: 'AGENT_UNREACHABLE', message: /not running/ });
    await run('ended');
    await shell('ended', 'kill -TERM 1');
    await succeed('docker', ['wait', container('ended')]);
    await assert.rejects(runtime.connect('ended'), {
      code: 'AGENT_UNREACHABLE',
      message: /nothing is mounted|not running/,
    });
    await assert.rejects(runtime.connect('ended'), { code: 'AGENT_UNREACHABLE', message: /not running/ });
  },
);

engineTest('an id that can’t be one is answered with “not found”, whatever is in it', async () => {
  const { runtime } = await lab();
  for (const id of ['', '../json', 'a/b', 'a?b', 'a b', 'a\0b', 'x'.repeat(10_000), 'ä']) {
    await assert.rejects(runtime.connect(id), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
    await assert.rejects(runtime.remove(id), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
  }
});
