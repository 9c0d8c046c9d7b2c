import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { freePorts } from '../../agent/kernels/jupyter/free-ports.ts';
import { loadConfig } from '../../control/config/load.ts';
import { realSurroundings } from '../../control/config/surroundings.ts';
import { removeStore } from '../../control/recover.ts';
import { controlClient, smallImage } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { leftovers } from '../support/leftovers.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');

engineTest('docker compose up gives a control in a container, with sandboxes beside it', async (t) => {
  // What it says of a failure is in the error.
  execFileSync('bash', ['images/build.sh', 'control'], { cwd: root, stdio: 'pipe' });
  const project = `cubby-test-${randomBytes(4).toString('hex')}`;
  const dir = mkdtempSync(join(tmpdir(), 'cubby-compose-'));
  const [port] = await freePorts(1);
  writeFileSync(join(dir, 'port.yaml'), `services: {control: {environment: {CUBBY_SERVER_PORT: "${port}"}}}\n`);
  const files = ['-f', join(root, 'compose.yaml'), '-f', join(dir, 'port.yaml'), '-p', project];
  let store = '';
  t.after(async () => {
    compose([...files, 'down', '--volumes']);
    // The database went with its volume: what an administrator does about the network that it left.
    if (store) await removeStore(loadConfig([], realSurroundings()).config, store);
    rmSync(dir, { recursive: true, force: true });
    await removePacks();
    assert.deepEqual(await leftovers(store), []);
  });
  compose([...files, 'up', '--detach']);
  const url = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(`${url}/health`).then(
        (answer) => answer.ok,
        () => false,
      ),
    'control answers',
    60_000,
  );
  const container = compose([...files, 'ps', '--quiet', 'control']).trim();
  const apiKey = execFileSync('docker', ['exec', container, 'cat', '/var/lib/cubby/api-key'], {
    encoding: 'utf8',
  }).trim();

  const client = controlClient(url, apiKey);
  // A program of the host's on every address that it has, the bridge's included.
  let visitors = 0;
  const program = createServer((visitor) => {
    visitors += 1;
    visitor.destroy();
  }).listen(0, '0.0.0.0');
  t.after(() => program.close());
  await once(program, 'listening');
  const listens = (program.address() as { port: number }).port;
  const gateway = await bridgeGateway();
  const visit = connect({ host: gateway, port: listens });
  await once(visit, 'connect');
  visit.destroy();
  await until(() => visitors > 0, 'the visit is counted');
  assert.equal(visitors, 1, 'it is reached from elsewhere');
  visitors = 0;
  for (const profile of ['standard', 'hardened']) {
    await t.test(`a ${profile} sandbox runs a command, shut in by a helper`, async () => {
      const { id } = await client.create({ image: { uri: smallImage }, extensions: { 'cubby.profile': profile } });
      store = await storeOf(id);
      const agent = await client.agent(id);
      const { stdout } = await agent.run(
        `echo hello; id -u; wget -T 2 -O /dev/null http://${gateway}:${listens} || echo shut`,
      );
      assert.deepEqual(stdout.split('\n'), ['hello', profile === 'hardened' ? '1000' : '0', 'shut']);
      assert.equal(visitors, 0);
      const metrics = await (await client.fetch('/metrics')).text();
      assert.match(metrics, new RegExp(`cubby_sandbox_memory_used_bytes\\{sandbox="${id}"\\} \\d+`));
      assert.equal((await client.fetch(`/v1/sandboxes/${id}`, { method: 'DELETE' })).status, 204);
    });
  }
});

/** Compose as a plugin of the docker command, or as the program of its own that distributions have. */
function compose(args: string[]): string {
  const plugin = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;
  const [command, ...first] = plugin ? ['docker', 'compose'] : ['docker-compose'];
  return execFileSync(command!, [...first, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The host's address on the engine's own bridge. */
async function bridgeGateway(): Promise<string> {
  const { IPAM } = await new Docker().getNetwork('bridge').inspect();
  return IPAM?.Config?.[0]?.Gateway ?? '172.17.0.1';
}

/** The store whose label a sandbox's container carries. */
async function storeOf(id: string): Promise<string> {
  const [container] = await new Docker().listContainers({ filters: { label: [`cubby.sandbox=${id}`] } });
  return container!.Labels['cubby.store']!;
}

/** Volumes with packs serve every store, so nothing removes them but this; one that somebody else uses just now stays. */
async function removePacks(): Promise<void> {
  const engine = new Docker();
  const { Volumes } = await engine.listVolumes({ filters: { name: ['cubby-pack-'] } });
  for (const { Name } of Volumes) {
    await engine
      .getVolume(Name)
      .remove()
      .catch((error: { statusCode?: number }) => assert.equal(error.statusCode, 409));
  }
}
