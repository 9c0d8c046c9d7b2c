import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import Docker from 'dockerode';
import { pythonImage, smallImage, startTestControl, type TestControl } from './control.ts';
import { createRequest } from './control-client.ts';
import { dockerConformance } from './docker-conformance.ts';
import { engineTest } from './engine.ts';
import { refused } from './refused.ts';
import { until } from './until.ts';
import { wholeLife } from './whole-life.ts';

const engine = new Docker();

/** A test of the port under one OCI runtime. Never a skip: where it can't run here, that is said. */
export function ociConformanceTest(name: string): void {
  engineTest(
    `under ${name} the engine does what control relies on, or can’t run it at all`,
    async (t) => {
      const { Runtimes: known } = (await engine.info()) as { Runtimes: Record<string, unknown> };
      const why = name in known ? await whyNot(name) : 'the engine does not know it';
      if (why === undefined) return dockerConformance(t, name);
      process.stderr.write(`THE CONFORMANCE OF ${name} WAS NOT TRIED: ${why}\n`);
      // Where it is known and can't run, the test of its sandboxes holds the refusal.
      if (!(name in known)) await assert.rejects(dockerConformance(t, name), { code: 'DOCKER::INITIALIZATION_ERROR' });
    },
    { timeout: 280_000 },
  );
}

/** A test of a sandbox under one OCI runtime: its whole life where it runs, a clear refusal where it doesn't. Never a skip. */
export function ociRuntimeTest(name: string): void {
  engineTest(
    `a sandbox has its whole life under ${name}, or is refused with the reason`,
    async (t) => {
      const { Runtimes: known } = (await engine.info()) as { Runtimes: Record<string, unknown> };
      if (!(name in known)) return notKnown(t, name);
      const why = await whyNot(name);
      const control = await startTestControl(t, { 'docker.allowed_oci_runtimes': name });
      if (why !== undefined) return notRun(t, control, name, why);
      const extensions = { 'cubby.runtime': name };
      await wholeLife(t, control, { image: { uri: pythonImage }, extensions });
      await t.test('a snapshot holds what it wrote, and another is made of it', () => snapshots(control, extensions));
      await t.test('the host is closed to it', () => closed(control, extensions));
      if (name === 'runsc') await t.test('it has a kernel of its own', () => ownKernel(control, extensions));
    },
    { timeout: 280_000 },
  );
}

/** Where the engine doesn't know it, that is what has to be said, and nothing may run instead. */
async function notKnown(t: TestContext, name: string): Promise<void> {
  process.stderr.write(
    `THE ENGINE DOES NOT KNOW ${name}: only that the start is refused was tried. See docs/runtimes.md\n`,
  );
  await assert.rejects(startTestControl(t, { 'docker.oci_runtime': name }), {
    code: 'DOCKER::INITIALIZATION_ERROR',
    message: new RegExp(`does not know the OCI runtime ${name}; it knows `),
  });
}

/** Where the machine can't run it, a create fails with the runtime's own words, and leaves nothing. */
async function notRun(t: TestContext, control: TestControl, name: string, why: string): Promise<void> {
  process.stderr.write(`THIS MACHINE CAN'T RUN ${name}: only that a create says so was tried. It says: ${why}\n`);
  await t.test('a create fails with its words, and nothing runs in its place', async () => {
    const request = createRequest({ extensions: { 'cubby.runtime': name } });
    const { message } = await refused(await control.post('/v1/sandboxes', request), 'DOCKER::SANDBOX_START_FAILED');
    assert.match(message, /The sandbox did not start: ./);
    const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
    assert.deepEqual(items, []);
  });
}

/** What keeps the machine from running a container by it, without Cubby; undefined: nothing does. */
async function whyNot(name: string): Promise<string | undefined> {
  const container = await engine.createContainer({
    Image: smallImage,
    Cmd: ['true'],
    HostConfig: { Runtime: name, NetworkMode: 'none' },
  });
  try {
    await container.start();
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    return code === 0 ? undefined : `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await container.remove({ force: true });
  }
}

async function snapshots(control: TestControl, extensions: object): Promise<void> {
  const { id } = await control.create({ extensions });
  assert.equal((await (await control.agent(id)).run('mkdir /made && echo here > /made/file')).exitCode, 0);
  const taken = (await (await control.post(`/v1/sandboxes/${id}/snapshots`, {})).json()) as { id: string };
  const state = async () =>
    ((await (await control.fetch(`/v1/snapshots/${taken.id}`)).json()) as { status: { state: string } }).status.state;
  await until(async () => (await state()) !== 'Creating', 'the snapshot is made', 120_000);
  assert.equal(await state(), 'Ready');
  await control.delete(id);
  const copy = await control.create({ image: undefined, snapshotId: taken.id, extensions });
  assert.equal((await (await control.agent(copy.id)).run('cat /made/file')).stdout, 'here');
  await control.delete(copy.id);
  assert.equal((await control.fetch(`/v1/snapshots/${taken.id}`, { method: 'DELETE' })).status, 204);
}

/** The host's address on the sandboxes' own network is closed to them, whoever listens there. */
async function closed(control: TestControl, extensions: object): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).end('the host')).listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { id } = await control.create({ extensions });
    const agent = await control.agent(id);
    const route = await agent.run("ip route | sed -n 's/^default via \\([0-9.]*\\).*/\\1/p'");
    const [said] = (await once(connect(port, route.stdout), 'data')) as [Buffer];
    assert.equal(String(said), 'the host', 'it is there for others');
    const tried = await agent.run(`nc -w 30 ${route.stdout} ${port} </dev/null`);
    assert.equal(tried.stdout, '');
    assert.notEqual(tried.exitCode, 0);
    await control.delete(id);
  } finally {
    server.close();
  }
}

async function ownKernel(control: TestControl, extensions: object): Promise<void> {
  const { id } = await control.create({ extensions });
  assert.match((await (await control.agent(id)).run('dmesg')).stdout, /gVisor/);
  await control.delete(id);
}
