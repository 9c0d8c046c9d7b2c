import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readProcess } from '../../../../control/runtimes/host/processes.ts';
import { startTestControl } from '../../../support/control.ts';
import { createRequest } from '../../../support/control-client.ts';
import { hostSettings, startHostControl } from '../../../support/host-control.ts';
import { refused } from '../../../support/refused.ts';
import { until } from '../../../support/until.ts';

const request = { image: { uri: 'host' } };

test('sandboxes without isolation are had by name and with a confirmation only', async (t) => {
  await assert.rejects(startHostControl(t, { 'runtime.accept_no_isolation': 'false' }), (error: Error) => {
    assert.match(error.message, /runtime\.type.*runtime\.accept_no_isolation.*isolates nothing/s);
    return true;
  });
  await assert.rejects(startHostControl(t, { 'network.enabled': 'false' }), /network\.enabled = true/);
  await assert.rejects(startHostControl(t, { 'sandbox.profile': 'hardened' }), /can’t harden anything/);
});

test('an engine that isn’t there stops the start: plain processes are never put in its place', async (t) => {
  for (const confirmed of ['false', 'true']) {
    const settings = { 'docker.socket': '/nowhere/docker.sock', 'runtime.accept_no_isolation': confirmed };
    await assert.rejects(startTestControl(t, settings), { code: 'ENGINE_UNAVAILABLE' });
  }
  assert.equal(hostSettings['runtime.type'], 'host');
});

test('a sandbox of plain processes', { timeout: 150_000 }, async (t) => {
  const control = await startHostControl(t);

  await t.test('/health says that nothing is isolated', async () => {
    const response = await fetch(`${control.url}/health`);
    assert.deepEqual(await response.json(), { status: 'healthy', isolation: 'none' });
  });

  await t.test('what can’t be had is refused by its field, and leaves nothing', async () => {
    const refusals: [object, Parameters<typeof refused>[1], string][] = [
      [{ image: { uri: 'python:3.12' } }, 'SANDBOX::INVALID_PARAMETER', 'image.uri'],
      [{ extensions: { 'cubby.profile': 'hardened' } }, 'SANDBOX::API_NOT_SUPPORTED', 'extensions.cubby.profile'],
      [{ extensions: { 'cubby.runtime': 'runc' } }, 'SANDBOX::RUNTIME_NOT_AVAILABLE', 'extensions.cubby.runtime'],
      [{ networkPolicy: { defaultAction: 'deny' } }, 'SANDBOX::API_NOT_SUPPORTED', 'networkPolicy'],
    ];
    for (const [change, code, field] of refusals) {
      await refused(await control.post('/v1/sandboxes', createRequest({ ...request, ...change })), code, field);
    }
    const volume = { name: 'data', pvc: { claimName: 'data' }, mountPath: '/data' };
    const withVolume = createRequest({ ...request, volumes: [volume] });
    await refused(await control.post('/v1/sandboxes', withVolume), 'SANDBOX::API_NOT_SUPPORTED', 'volumes');
    const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
    assert.deepEqual(items, []);
  });

  await t.test('a snapshot of it fails with the reason', async () => {
    const { id } = await control.create(request);
    const answer = await control.post(`/v1/sandboxes/${id}/snapshots`, {});
    const taken = (await answer.json()) as { id: string };
    type Told = { status: { state: string; message: string } };
    const told = async () => (await (await control.fetch(`/v1/snapshots/${taken.id}`)).json()) as Told;
    await until(async () => (await told()).status.state === 'Failed', 'it has failed');
    assert.match((await told()).status.message, /no snapshots/);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('nothing of the server’s own environment reaches it, and HOME is its own directory', async () => {
    process.env.CUBBY_TEST_SECRET = 'of the server';
    const { id } = await control.create(request);
    delete process.env.CUBBY_TEST_SECRET;
    const agent = await control.agent(id);
    const { stdout } = await agent.run('env; pwd');
    assert.doesNotMatch(stdout, /of the server|CUBBY_/);
    const home = join(control.state, 'host', id, 'home');
    assert.ok(stdout.includes(`HOME=${home}\n`), stdout);
    assert.ok(stdout.endsWith(home), stdout);
    assert.equal((await control.delete(id)).status, 204);
    assert.ok(!existsSync(home));
  });

  await t.test('what was stopped by its own shell stays so when all of it goes on', async () => {
    const { id } = await control.create(request);
    const agent = await control.agent(id);
    const { stdout: pid } = await agent.run('sleep 100000 >/dev/null 2>&1 & kill -STOP $!; echo $!');
    const state = async () => (await agent.run(`cut -d " " -f 3 /proc/${pid}/stat`)).stdout;
    await until(async () => (await state()) === 'T', 'it is stopped');
    await control.post(`/v1/sandboxes/${id}/pause`, {});
    await control.post(`/v1/sandboxes/${id}/resume`, {});
    assert.equal(await state(), 'T');
    assert.equal((await control.delete(id)).status, 204);
    await until(() => readProcess(Number(pid)) === undefined, 'nothing of it is left');
  });
});
