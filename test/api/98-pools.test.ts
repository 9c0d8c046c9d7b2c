import assert from 'node:assert/strict';
import { openOutside } from '../control/runtimes/docker/outside.ts';
import { containerOf, containersOf } from '../support/containers.ts';
import { pythonImage, startTestControl, type TestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { poolNumbers, untilReady } from '../support/pools.ts';
import { refused } from '../support/refused.ts';
import { makeSnapshot, restore } from '../support/snapshots.ts';
import { deleteTemplate, putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';
import { ensure } from '../support/workspaces.ts';

const slow = { timeout: 290_000 };
const small = createRequest({}) as { resourceLimits: object };

type PoolStatus = { allocated: number; total: number };

/** Makes a sandbox, and says whether its container was there before. */
async function claim(control: TestControl, request: object): Promise<{ id: string; stoodBy: boolean }> {
  const before = await containersOf(control.store);
  const { id } = await control.create(request);
  return { id, stoodBy: before.includes(id) };
}

const printed = async (control: TestControl, id: string, command: string) =>
  (await (await control.agent(id)).run(command)).stdout;

engineTest(
  'a sandbox is had from those that stand by, and is what was asked for',
  async (t) => {
    const control = await startTestControl(t, { 'network.enabled': 'false', 'sandbox.max_sandboxes': '3' });
    await putTemplate(control, 'small', { env: { OF: 'the template' }, pool: { min: 2, max: 3 } });
    await untilReady(control, 'small', 2);

    await t.test('a pool tells how many stand by, of at least and at most how many', async () => {
      const { items } = (await (await control.fetch('/v1/pools')).json()) as { items: Record<string, unknown>[] };
      const { revision, ...status } = items[0]!.status as { revision: string };
      assert.match(revision, /./);
      assert.deepEqual(status, { total: 2, allocated: 0, available: 2, starting: 0, target: 2 });
      assert.deepEqual(items[0]!.capacitySpec, { bufferMin: 2, bufferMax: 3, poolMin: 2, poolMax: 3 });
      assert.deepEqual(await (await control.fetch('/v1/pools/small')).json(), items[0]);
      await refused(await control.fetch('/v1/pools/nobody'), 'KUBERNETES::POOL_NOT_FOUND', 'poolName');
    });

    await t.test('a pool tells how many sandboxes live that it was asked for', async () => {
      const { id } = await control.create({ template: 'small' });
      await untilReady(control, 'small', 2);
      const numbers = async () => {
        const { status } = (await (await control.fetch('/v1/pools/small')).json()) as { status: PoolStatus };
        return [status.allocated, status.total];
      };
      assert.deepEqual(await numbers(), [1, 3]);
      await control.delete(id);
      await until(async () => (await numbers())[0] === 0, 'what has ended is counted no more');
    });

    await t.test('whoever stands by is no sandbox: no list, no count and no limit has it', async () => {
      const [id] = await containersOf(control.store);
      const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: object[] };
      assert.deepEqual(items, []);
      await refused(await control.fetch(`/v1/sandboxes/${id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
      await refused(await control.delete(id!), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
      assert.doesNotMatch(await (await control.fetch('/metrics')).text(), /^cubby_sandboxes\{state="Running"\} [1-9]/m);
    });

    await t.test('environment, entrypoint, user and metadata are the request’s, whoever starts a process', async () => {
      const entrypoint = ['/bin/sh', '-c', 'echo "$OF $MINE $(id -u)" >/dev/shm/said; exec sleep 100000'];
      const request = { template: 'small', env: { MINE: 'the request' }, user: '65534', metadata: { who: 'me' } };
      const { id, stoodBy } = await claim(control, { ...request, entrypoint });
      assert.ok(stoodBy);
      const sandbox = await control.get(id);
      assert.deepEqual([sandbox.metadata, sandbox.entrypoint], [{ who: 'me' }, entrypoint]);
      assert.deepEqual(sandbox.template, { name: 'small', version: 1 });
      const expected = 'the template the request 65534';
      assert.equal(await printed(control, id, 'echo "$OF $MINE $(id -u)"'), expected);
      const said = async () => (await printed(control, id, 'cat /dev/shm/said 2>/dev/null')) === expected;
      await until(said, 'the entrypoint has run as it was asked for');
      const { Config } = await containerOf(control.store, id).inspect();
      assert.doesNotMatch(JSON.stringify(Config), /the request|the template/, 'nothing of it is in the container');
      assert.equal((await control.delete(id)).status, 204);
    });

    await t.test('a token opens its own sandbox, and no other that stood by', async () => {
      await untilReady(control, 'small', 2);
      const [one, other] = await Promise.all([control.create(), control.create()]);
      const [mine, theirs] = await Promise.all([control.agent(one.id), control.agent(other.id)]);
      assert.notEqual(mine.token, theirs.token);
      const wrong = await fetch(`http://${theirs.endpoint}/ping`, { headers: { 'x-execd-access-token': mine.token } });
      assert.equal(wrong.status, 401);
      for (const { id } of [one, other]) await control.delete(id);
    });

    await t.test('who asks for just that without naming the template is given one too, and a workspace', async () => {
      await untilReady(control, 'small', 3);
      const { id, stoodBy } = await claim(control, { env: { MINE: 'x' } });
      assert.ok(stoodBy);
      assert.equal(await printed(control, id, 'echo "$OF|$MINE"'), '|x', 'and nothing of the template');
      const before = await containersOf(control.store);
      const { sandbox } = await ensure(control, 'app:1', { env: { MINE: 'y' } });
      assert.ok(before.includes(sandbox.id));
      assert.equal(await printed(control, sandbox.id, 'echo "$MINE"'), 'y');
      for (const one of [id, sandbox.id]) await control.delete(one);
    });

    await t.test('a snapshot has its environment, as any sandbox’s has, and its particulars name it', async () => {
      await untilReady(control, 'small', 3);
      const { id, stoodBy } = await claim(control, { template: 'small', env: { MINE: 'the request' } });
      assert.ok(stoodBy);
      const about = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/inspect`)).text();
      assert.match(about, /^Environment[\s\S]*^ {2}MINE$/m);
      const snapshot = await makeSnapshot(control, id);
      const copy = await restore(control, snapshot.id);
      assert.equal(await printed(control, copy.id, 'echo "$OF|$MINE"'), 'the template|the request');
      for (const one of [id, copy.id]) assert.equal((await control.delete(one)).status, 204);
    });

    await t.test('an entrypoint that can’t be started is told as always', async () => {
      await untilReady(control, 'small', 3);
      const request = { ...small, entrypoint: ['/no/such/program'] };
      const response = await control.post('/v1/sandboxes', request);
      const { code, message } = (await response.json()) as { code: string; message: string };
      assert.equal(code, 'DOCKER::SANDBOX_START_FAILED');
      assert.match(message, /no\/such\/program/);
    });

    await t.test('what can’t stand by is made as always: volumes, and another profile', async () => {
      await untilReady(control, 'small', 3);
      assert.equal((await claim(control, { extensions: { 'cubby.profile': 'hardened' } })).stoodBy, false);
    });
  },
  slow,
);

engineTest(
  'a sandbox with other limits is one that stood by and was given them, where that can be',
  async (t) => {
    const control = await startTestControl(t, { 'network.enabled': 'false' });
    await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
    await untilReady(control, 'small', 1);
    const larger = await claim(control, { resourceLimits: { memory: '256Mi', cpu: '500m' } });
    assert.ok(larger.stoodBy);
    const { HostConfig } = await containerOf(control.store, larger.id).inspect();
    const mebibytes = [HostConfig.Memory, HostConfig.MemorySwap].map((bytes) => bytes! / 1024 ** 2);
    assert.deepEqual([...mebibytes, HostConfig.NanoCpus], [256, 256, 500_000_000]);
    await untilReady(control, 'small', 1);
    const smaller = await claim(control, { resourceLimits: { memory: '64Mi', cpu: '1' } });
    assert.ok(!smaller.stoodBy, 'with less memory its spool would be too large');
    const { claims, resized, misses } = await poolNumbers(control, 'small');
    assert.deepEqual({ claims, resized, misses }, { claims: 1, resized: 1, misses: 1 });
  },
  slow,
);

engineTest(
  'a pool follows its template: a new version, another size, its end',
  async (t) => {
    const control = await startTestControl(t, { 'network.enabled': 'false' });
    await putTemplate(control, 'small', { pool: { min: 2, max: 2 } });
    await untilReady(control, 'small', 2);
    const first = await containersOf(control.store);
    await putTemplate(control, 'small', { pool: { min: 2, max: 2 }, env: { ANOTHER: 'environment' } });
    const { id } = await control.create({ template: 'small' });
    assert.ok(first.includes(id), 'a claim decides the environment: they are as good as before');
    await putTemplate(control, 'small', { pool: { min: 1, max: 2 }, resourceLimits: { memory: '192Mi', cpu: '1' } });
    await until(async () => {
      const now = await containersOf(control.store);
      return now.every((one) => one === id || !first.includes(one));
    }, 'those of the earlier version are gone');
    await untilReady(control, 'small', 1);
    assert.equal((await deleteTemplate(control, 'small')).status, 204);
    await until(async () => (await containersOf(control.store)).join() === id, 'nobody stands by any more');
    assert.equal(await printed(control, id, 'echo "$ANOTHER"'), 'environment', 'and sandboxes go on');
  },
  slow,
);

engineTest(
  'a policy is in force before anything of one that stood by runs',
  async (t) => {
    const outside = await openOutside();
    t.after(() => outside.close());
    const control = await startTestControl(t);
    await putTemplate(control, 'small', { pool: { min: 2, max: 2 } });
    await untilReady(control, 'small', 2);
    const tries = `nc -w 20 ${outside.public} ${outside.port} </dev/null >/dev/shm/said 2>&1; echo >>/dev/shm/said; touch /dev/shm/done; exec sleep 100000`;
    const entrypoint = ['/bin/sh', '-c', tries];
    const said = async (id: string) => {
      await until(async () => (await printed(control, id, 'ls /dev/shm')).includes('done'), 'it has tried');
      return printed(control, id, 'cat /dev/shm/said');
    };
    const open = await claim(control, { entrypoint });
    const shut = await claim(control, { entrypoint, networkPolicy: { defaultAction: 'deny', egress: [] } });
    assert.ok(open.stoodBy && shut.stoodBy);
    assert.match(await said(open.id), /^outside/);
    assert.doesNotMatch(await said(shut.id), /outside/);
  },
  slow,
);

engineTest(
  'a template whose kernels wait has them wait in those that stand by, for whoever is given one',
  async (t) => {
    const control = await startTestControl(t, { 'network.enabled': 'false' });
    const request = { image: { uri: pythonImage }, resourceLimits: { memory: '512Mi', cpu: '1' } };
    await putTemplate(control, 'python', { ...request, kernels: { spares: 1 }, pool: { min: 1, max: 1 } });
    await untilReady(control, 'python', 1);
    const { id, stoodBy } = await claim(control, { template: 'python', ...request, env: { MINE: 'the request' } });
    assert.ok(stoodBy);
    const agent = await control.agent(id);
    const waiting = (await agent.run('ls /proc | grep -c "^[0-9]"')).stdout;
    assert.ok(Number(waiting) > 4, 'kernels are there before the first cell');
    const code = 'import os; print(os.environ["MINE"])';
    assert.match(await (await agent.post('/code', { code, context: { language: 'python' } })).text(), /the request/);
  },
  slow,
);

engineTest(
  'a sandbox that stood by is what it was asked to be after it was stopped and woken, too',
  async (t) => {
    const control = await startTestControl(t, { 'network.enabled': 'false' });
    await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
    await untilReady(control, 'small', 1);
    const entrypoint = ['/bin/sh', '-c', 'echo "$MINE" >/dev/shm/said; exec sleep 100000'];
    const request = { env: { MINE: 'the request' }, entrypoint, idle: { stopAfterSeconds: 1 } };
    const { id, stoodBy } = await claim(control, request);
    assert.ok(stoodBy);
    await until(async () => (await control.get(id)).tier === 'stopped', 'it was stopped');
    assert.equal(await printed(control, id, 'echo "$MINE"'), 'the request');
    // Memory, which a stop empties: the entrypoint has run anew.
    const said = async () => (await printed(control, id, 'cat /dev/shm/said 2>/dev/null')) === 'the request';
    await until(said, 'its entrypoint has said it again');
  },
  slow,
);
